"""The usage statement as PDF: what it says, its bars and charts, and that archives accept it."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from invoices.pdf.charts import daily_chart
from invoices.pdf.statement_pdf import Subject, gauge, statement_pdf
from tests.builders import AUTOMATION, Plain, order
from tests.golden import golden
from tests.printed import pages, structure
from tests.running import held, is_answered, licznik, place, record, used
from tests.test_pdfa import judged

SUBJECT = Subject(
    customer="Acme <b>Sp.</b> z o.o.",
    seller="Focus Telecom Polska S.A.",
    service={"pl": "Usługa Welyo", "en": "Welyo Service"},
    language="en",
    day=date(2025, 10, 20),
)


def meter(key: str = "sms", **given: Any) -> Plain:
    """A meter's row of a statement, half used."""
    days = [{"day": f"2025-10-{n:02}", "used": str(n % 7)} for n in range(1, 32)]
    return {
        "meter": key,
        "name": {"pl": "SMS-y", "en": "SMS"},
        "unit": "message",
        "kind": "flow",
        "used": "1000",
        "overage": "0",
        "refused": "0",
        "allowance": "0",
        "granted": "2000",
        "fill": "50",
        "cost": "0.00",
        "days": days,
        **given,
    }


def document(*meters: Plain, **given: Any) -> Plain:
    """A statement of some meters."""
    whole = {"order": "acme-main", "period": "2025-10", "currency": "PLN", "cost": None}
    empty: Plain = {"problems": [], "invoices": [], "late_entries": 0}
    return {**whole, **empty, "meters": list(meters), **given}


def entry(number: int) -> Plain:
    """A single entry."""
    return {
        "time": "2025-10-05T10:00:00+02:00",
        "meter": "sms",
        "quantity": "1",
        "from": None,
        "to": "+48600100200",
        "user": "anna@acme.pl",
        "source": "/node-1",
        "id": f"id-{number}",
    }


def test_it_says_who_what_and_how_much() -> None:
    """Customer, order, month, the meter with its bar, the entries with their ids."""
    text = "\n".join(pages(statement_pdf(document(meter()), SUBJECT, [entry(1)], 1)))
    for said in (
        "Usage statement",
        "Welyo Service · October 2025",
        "Acme <b>Sp.</b> z o.o.",
        "20 October 2025",
        "not issued yet",
        "SMS",
        "50%",
        "+48600100200 anna@acme.pl",
        "id-1",
    ):
        assert said in text


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_pages_say_what_a_person_has_read(language: str) -> None:
    """The whole text of a statement, with a cost, a level, a refusal and entries."""
    line = {"name": {"pl": "SMS-y ponad limit", "en": "SMS, overage"}, "quantity": "4300"}
    cost = {"lines": [{**line, "unit_price": "0.09", "net": "387.00"}]}
    sums = {"net": "387.00", "vat": "89.01", "gross": "476.01"}
    queues = meter("queues", name={"pl": "Kolejki", "en": "Queues"}, unit="queue", kind="stock")
    whole = document(
        meter(used="6300", overage="4300", fill="315", cost="387.00"),
        {**queues, "used": "7", "allowance": "5", "granted": "0", "refused": "2", "fill": "140"},
        cost={**cost, **sums},
        invoices=["FV/2025/000002"],
    )
    pdf = statement_pdf(whole, replace(SUBJECT, language=language), [entry(1), entry(2)], 2)
    text = "\n\f\n".join(pages(pdf)) + "\n"
    assert text == golden(f"statement.{language}.txt", text)


def test_every_entry_is_read_back() -> None:
    """Ids, times and quantities of several pages, by a reader that had no part in writing them."""
    entries = [{**entry(n), "quantity": str(n * 1000)} for n in range(1, 91)]
    text = " ".join(pages(statement_pdf(document(meter()), SUBJECT, entries, 90))).replace(
        "\n", " "
    )
    found = re.findall(r"2025-10-05 10:00:00 SMS ([\d,]+) .*?/node-1 (id-\d+)", text)
    assert found == [(f"{n * 1000:,}", f"id-{n}") for n in range(1, 91)]


def test_bytes_are_shown_in_gigabytes() -> None:
    """R44: a gigabyte is a thousand million bytes; no digit is lost."""
    disk = meter(
        "disk_bytes", unit="byte", kind="stock", used="15733643902", allowance="20000000000"
    )
    text = pages(statement_pdf(document(disk), SUBJECT, [], 0))[0]
    assert "GB" in text
    assert "15.733643902" in text


def test_a_statement_with_more_entries_says_where_the_rest_is() -> None:
    """The PDF is for reading; a machine takes another format."""
    text = "\n".join(pages(statement_pdf(document(meter()), SUBJECT, [entry(1)], 312_659)))
    assert "All 312659 entries are in the statement as CSV, XLSX or JSON." in text


@pytest.mark.parametrize(
    ("given", "width", "look"),
    [
        ({"fill": "79.99"}, "79.99", "well"),
        ({"fill": "80"}, "80", "near"),
        ({"fill": "100"}, "100", "near"),
        ({"fill": "100.01"}, "100", "over"),
        ({"fill": "97", "overage": "5"}, "97", "over"),
        ({"fill": "60", "refused": "5"}, "60", "over"),
    ],
)
def test_a_bar_is_never_longer_than_its_track(given: Plain, width: str, look: str) -> None:
    """Full is full; how far beyond stands in the figures."""
    own = gauge(meter(**given))
    assert own is not None
    assert (str(own.width), own.look) == (width, look)


def test_what_has_no_bound_has_no_bar() -> None:
    """Nothing to be full of."""
    assert gauge(meter(fill=None)) is None


@pytest.mark.parametrize("kind", ["flow", "stock"])
def test_a_chart_draws_every_day(kind: str) -> None:
    """A drawing that needs nothing from elsewhere, its numbers in the reader's language."""
    days = [{"day": f"2025-10-{n:02}", "used": f"{n * 1000}.5"} for n in range(1, 32)]
    image = daily_chart(days, kind, "pl")
    svg = base64.b64decode(image.partition(",")[2]).decode()
    drawn = ElementTree.fromstring(svg)  # made a line above, by the library
    labels = ["".join(own.itertext()) for own in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"1", "15", "30"} <= set(labels)
    assert not re.search(r"href=[\"'](?!#)", svg)
    if kind == "flow":
        assert svg.count('aria-roledescription="bar"') == 31


def test_the_command_writes_a_statement_that_archives_accept(database: str, tmp_path: Path) -> None:
    """From recorded usage to PDF/A, with the draft of the invoice in it."""
    place(database, order(addons=AUTOMATION))
    now = "2025-10-05T10:00:00+02:00"
    record(database, used("sms", 1200, now, "a"), held("records", 7, now, "b"))
    file = tmp_path / "statement.pdf"
    words = ("statement", "acme-main", "--period", "2025-10", "--format", "pdf", "--out", file)
    assert licznik(database, *words).status == 0
    text = "\n".join(pages(file.read_bytes()))
    assert "Zestawienie zużycia" in text
    assert "1 200" in text
    with structure(file.read_bytes()) as pdf:
        assert pdf.Root.MarkInfo.Marked
    assert [line[:5] for line in judged(tmp_path)] == ["PASS "]


def test_a_pdf_needs_a_file(database: str) -> None:
    """It is not for the screen."""
    place(database, order())
    words = ("statement", "acme-main", "--period", "2025-10", "--format", "pdf")
    assert is_answered(licznik(database, *words))
