"""`licznik notes`: penalties become accounting notes, and are netted where the seller nets them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from invoices import queries
from invoices.finding import load_invoices
from invoices.invoice import Invoice
from invoices.notes import NoteRun
from invoices.verifying.comparing import Verification
from invoices.verifying.notes import verify_notes
from tests.builders import Plain, addon, catalog_text, scenario
from tests.printed import codes as codes_of
from tests.printed import pages
from tests.recorded_words import did, record_all, refused
from tests.running import (
    MIGRATED,
    Server,
    change,
    console,
    contents,
    decision_store,
    differences,
    licznik,
    place,
    rows,
    value,
)
from tests.sla_words import MAIN, incident, ordered
from tests.test_invoice_run import invoice, meanwhile

LATE = incident(
    "F1",
    reported="2025-11-10 20:30",
    qualified="2025-11-10 20:40",
    repaired="2025-11-12 14:10",
)
"""Four full hours late at Progres: 240.00 of 6000.00 (case P2); the 11th was a holiday."""
LATER = incident(
    "F2",
    reported="2025-12-10 20:30",
    qualified="2025-12-10 20:40",
    repaired="2025-12-12 14:10",
)
"""Twenty full hours late: 1200.00."""


@pytest.fixture
def netting(tmp_path: Path) -> str:
    """A catalog whose seller nets penalties with invoices."""
    path = tmp_path / "netted.yaml"
    text = catalog_text().replace("penalties: paid", "penalties: netted")
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def late_books(server: Server) -> Iterator[str]:
    """The name of a database with an incident that was repaired late, and November invoiced."""
    with server.database(MIGRATED) as url:
        own = ordered("progres", launch_date="2025-11-01")
        place(url, own)
        record_all(url, scenario([own], incidents=[LATE, LATER]))
        invoiced(url, "2025-11")
        yield url.rpartition("?")[0].rpartition("/")[2]


@pytest.fixture
def books(server: Server, late_books: str) -> Iterator[str]:
    """A copy of that database."""
    with server.database(late_books) as url:
        yield url


def invoiced(url: str, period: str, **settings: str) -> Plain:
    """What an invoice run did."""
    outcome = licznik(url, "invoices", "run", "--period", period, "--json", **settings)
    assert outcome.status == 0, outcome.err + outcome.out
    found: Plain = outcome.data
    return found


def noted(url: str, period: str = "2025-11", *options: str, **settings: str) -> Plain:
    """What a run of notes did."""
    words = ("notes", "run", "--period", period, "--json", *options)
    outcome = licznik(url, *words, **settings)
    assert outcome.status == 0, outcome.err + outcome.out
    found: Plain = outcome.data
    return found


def issued_note(url: str, **settings: str) -> str:
    """The number of November's note."""
    (number,) = noted(url, **settings)["numbers"]
    return str(number)


def taken(document: Plain) -> list[tuple[str, str]]:
    """What an invoice deducts."""
    return [(own["note"], own["amount"]) for own in document.get("deductions", ())]


def row(url: str, number: str) -> list[str]:
    """Gross, deducted and owed of a document."""
    (found,) = rows(url, "SELECT gross, deducted, owed FROM invoice WHERE number = %s", number)
    return [f"{own:.2f}" for own in found]


# The run


def test_a_late_repair_becomes_a_note(books: str) -> None:
    """Four full hours at 1 % of 6000.00, outside VAT, in a series of its own."""
    outcome = noted(books)
    assert (outcome["issued"], outcome["already_issued"]) == (1, 0)
    (number,) = outcome["numbers"]
    assert number.startswith("NK/")
    shown = did(books, "notes", "show", number)
    assert (shown["net"], shown["vat"], shown["gross"]) == ("240.00", "0.00", "240.00")
    assert (shown["base"], shown["cap"], shown["penalties"]) == ("6000.00", "6000.00", "paid")
    (line,) = shown["lines"]
    assert (line["item"], line["quantity"], line["unit"]) == ("F1", "4", "hour")
    assert licznik(books, "invoices", "show", number, "--json").data == shown
    assert row(books, number) == ["240.00", "0.00", "0.00"], (
        "nobody owes it by transfer to the seller"
    )
    assert differences(books) == []


def test_running_twice_issues_nothing_twice(books: str) -> None:
    issued_note(books)
    before = contents(books)
    again = noted(books)
    assert (again["issued"], again["already_issued"], again["changed"]) == (0, 1, [])
    assert contents(books) == before


def test_a_dry_run_keeps_nothing(books: str) -> None:
    before = contents(books)
    (draft,) = noted(books, "2025-11", "--dry-run")["drafts"]
    assert (draft["gross"], draft["lines"][0]["item"]) == ("240.00", "F1")
    assert contents(books) == before
    shown = console(books, "notes", "run", "--period", "2025-11", "--dry-run")
    assert "240.00" in shown.out
    assert "1 drafts, 0 there already" in shown.err


def test_a_period_that_is_not_over_has_no_notes_yet(books: str) -> None:
    """The same as an invoice run."""
    assert refused(books, "notes", "run", "--period", "2198-01") == ["period_not_closed"]
    assert refused(books, "invoices", "run", "--period", "2198-01") == ["period_not_closed"]


def test_an_order_that_is_not_invoiced_is_told_of(books: str) -> None:
    """Only where it was repaired late in that month."""
    assert noted(books, "2025-12")["not_invoiced"] == [MAIN]
    assert noted(books, "2026-01")["not_invoiced"] == []
    said = licznik(books, "notes", "run", "--period", "2025-12")
    assert "licznik invoices run --period 2025-12" in said.err + said.out


def test_a_note_that_incidents_no_longer_bear_out_is_told_of(books: str) -> None:
    """The cause was external after all: a note is never issued again, a person decides."""
    issued_note(books)
    did(books, "incidents", "cause", "F1", "external", "--by", "Ewa Nowak")
    assert noted(books)["changed"] == [MAIN]
    said = licznik(books, "notes", "run", "--period", "2025-11")
    assert f"licznik sla {MAIN} --period 2025-11" in said.err + said.out
    assert differences(books) == []


def test_notes_are_listed(books: str) -> None:
    number = issued_note(books)
    (own,) = did(books, "notes", "list", "--period", "2025-11", "--order", MAIN)["notes"]
    assert (own["number"], own["amount"], own["deducted"]) == (number, "240.00", "0.00")
    assert did(books, "notes", "list", "--period", "2025-12")["notes"] == []
    assert refused(books, "notes", "list", "--order", "nobody") == ["unknown_order"]
    listed = did(books, "invoices", "list")["invoices"]
    assert number not in [one["number"] for one in listed]
    assert number in console(books, "notes", "list").out


def test_what_is_no_note(books: str) -> None:
    first = invoice(books, "2025-11")["number"]
    assert refused(books, "notes", "show", first) == ["not_a_note"]
    assert refused(books, "notes", "pdf", first) == ["not_a_note"]
    assert refused(books, "notes", "show", "NK/2025/999999") == ["unknown_invoice"]
    assert refused(books, "notes", "pdf", "--language", "de") == ["unknown_value"]


def test_a_note_is_shown_as_a_table(books: str) -> None:
    shown = console(books, "notes", "show", issued_note(books))
    assert shown.status == 0
    assert all(text in shown.out for text in ("F1", "2025-11-12", "full hours", "240.00"))
    assert "It is paid out" in shown.err + shown.out


def test_the_pdf_of_a_note_is_kept_once(books: str, tmp_path: Path) -> None:
    """By its number or with its period; no code to pay by, for the customer pays nothing."""
    number = issued_note(books)
    made = did(books, "notes", "pdf", number, "--out", tmp_path)
    (file,) = made["files"]
    assert (made["rendered"], Path(file["file"]).name) == (1, f"{number.replace('/', '-')}.pdf")
    content = Path(file["file"]).read_bytes()
    assert "Nota księgowa" in pages(content)[0]
    assert codes_of(content) == []
    again = did(books, "notes", "pdf", "--period", "2025-11", "--out", tmp_path)
    assert (again["rendered"], again["files"]) == (0, made["files"])
    assert did(books, "notes", "pdf", "--period", "2025-12")["notes"] == 0
    assert differences(books) == []


# Netting


def test_the_next_invoice_deducts_the_note(books: str, netting: str) -> None:
    """Gross stays as it was; less is to be paid, and less is owed."""
    number = issued_note(books, LICZNIK_CATALOG=netting)
    invoiced(books, "2025-12", LICZNIK_CATALOG=netting)
    own = invoice(books, "2025-12")
    assert own["deductions"] == [
        {"note": number, "reason": f"Nota księgowa {number}", "amount": "240.00"}
    ]
    assert (own["gross"], own["to_pay"]) == ("7380.00", "7140.00")
    assert row(books, own["number"]) == ["7380.00", "240.00", "7140.00"]
    invoiced(books, "2026-01", LICZNIK_CATALOG=netting)
    assert taken(invoice(books, "2026-01")) == []
    (listed,) = did(books, "notes", "list")["notes"]
    assert (listed["deducted"], listed["penalties"]) == ("240.00", "netted")
    assert differences(books) == []


def test_a_seller_that_pays_penalties_deducts_nothing(books: str) -> None:
    issued_note(books)
    invoiced(books, "2025-12")
    own = invoice(books, "2025-12")
    assert "deductions" not in own
    assert row(books, own["number"]) == ["7380.00", "0.00", "7380.00"]


def test_what_a_note_says_counts_whatever_the_seller_does_later(books: str, netting: str) -> None:
    """The customer was told; so an invoice follows from documents alone."""
    number = issued_note(books, LICZNIK_CATALOG=netting)
    invoiced(books, "2025-12")
    assert taken(invoice(books, "2025-12")) == [(number, "240.00")]
    assert differences(books) == []


def test_a_note_that_was_to_be_paid_is_not_netted_later(books: str, netting: str) -> None:
    issued_note(books)
    invoiced(books, "2025-12", LICZNIK_CATALOG=netting)
    assert taken(invoice(books, "2025-12")) == []


def test_the_draft_of_a_dry_run_deducts_too(books: str, netting: str) -> None:
    number = issued_note(books, LICZNIK_CATALOG=netting)
    words = ("invoices", "run", "--period", "2025-12", "--dry-run")
    (draft,) = did(books, *words)["drafts"]
    assert taken(draft) == [(number, "240.00")]


def test_the_structured_invoice_and_the_pdf_say_what_is_deducted(
    books: str, netting: str, tmp_path: Path
) -> None:
    """Rozliczenie, the printed sums, and the code to pay by."""
    number = issued_note(books, LICZNIK_CATALOG=netting)
    invoiced(books, "2025-12", LICZNIK_CATALOG=netting)
    own = invoice(books, "2025-12")["number"]
    content = value(
        books,
        "SELECT f.content FROM invoice_file f JOIN invoice i ON i.id = f.invoice_id"
        " WHERE i.number = %s AND f.kind = 'xml'",
        own,
    )
    space = {"f": "http://crd.gov.pl/wzor/2025/06/25/13775/"}
    root = etree.fromstring(bytes(content))
    assert root.findtext(".//f:Odliczenia/f:Powod", namespaces=space) == f"Nota księgowa {number}"
    assert root.findtext(".//f:DoZaplaty", namespaces=space) == "7140.00"
    assert root.findtext(".//f:P_15", namespaces=space) == "7380.00"
    (file,) = did(books, "invoices", "pdf", own, "--out", tmp_path)["files"]
    pdf = Path(file["file"]).read_bytes()
    text = "".join(pages(pdf)[0].split())
    assert f"Potrącono:Notaksięgowa{number}" in text
    assert "Dozapłaty7140,00zł" in text
    assert any("|714000|" in code for code in codes_of(pdf))


def test_what_an_invoice_has_no_room_for_waits(server: Server, netting: str) -> None:
    """A month's fee of 6000.00 and the last one of an order that costs less and less."""
    prices = {"licence": "100.00", "sla": "0.00", "addons": {"email_sms_automation": "5900.00"}}
    november = addon("email_sms_automation", 1, "2025-11-01", "2025-11-30")
    own = ordered("progres", launch_date="2025-11-01", prices=prices, addons=[november])
    with server.database(MIGRATED) as url:
        place(url, own)
        record_all(url, scenario([own], incidents=[LATE]))
        invoiced(url, "2025-11")
        number = issued_note(url, LICZNIK_CATALOG=netting)
        for period, amount, left in (
            ("2025-12", "123.00", "0.00"),
            ("2026-01", "117.00", "6.00"),
        ):
            invoiced(url, period)
            document = invoice(url, period)
            assert taken(document) == [(number, amount)]
            assert document["to_pay"] == left
        assert taken(invoice_after(url, "2026-02")) == []
        assert differences(url) == []


def invoice_after(url: str, period: str) -> Plain:
    """An order's invoice of a period that is run now."""
    invoiced(url, period)
    return invoice(url, period)


def test_notes_are_deducted_in_the_order_of_their_issue(books: str, netting: str) -> None:
    invoiced(books, "2025-12")
    first = issued_note(books, LICZNIK_CATALOG=netting)
    (second,) = noted(books, "2025-12", LICZNIK_CATALOG=netting)["numbers"]
    own = invoice_after(books, "2026-01")
    assert taken(own) == [(first, "240.00"), (second, "1200.00")]
    assert own["to_pay"] == "5940.00"
    assert differences(books) == []


def test_an_annulled_invoice_gives_its_deduction_back(books: str, netting: str) -> None:
    """The one that takes its place deducts the note, once."""
    number = issued_note(books, LICZNIK_CATALOG=netting)
    old = invoice_after(books, "2025-12")["number"]
    did(books, "invoices", "correct", old, "--because", "annulment")
    assert did(books, "notes", "list")["notes"][0]["deducted"] == "0.00"
    invoiced(books, "2025-12")
    stands = "SELECT number FROM invoice WHERE period = '2025-12-01' AND kind = 'invoice'"
    new = value(books, f"{stands} AND NOT annulled")
    shown = did(books, "invoices", "show", new)
    assert taken(shown) == [(number, "240.00")]
    assert (row(books, old)[1:], row(books, new)[1]) == (["0.00", "0.00"], "240.00")
    assert differences(books) == []


def test_two_runs_at_once_deduct_a_note_once(
    books: str, netting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run has drafted when another issues: it drafts again, and finds the note taken."""
    number = issued_note(books, LICZNIK_CATALOG=netting)
    meanwhile(monkeypatch, lambda: invoiced(books, "2025-12"))
    invoiced(books, "2026-01")
    assert taken(invoice(books, "2025-12")) == [(number, "240.00")]
    assert taken(invoice(books, "2026-01")) == []
    assert differences(books) == []


def test_a_note_that_is_issued_meanwhile_is_deducted(
    books: str, netting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document of any kind makes a run draft again."""
    meanwhile(monkeypatch, lambda: noted(books, LICZNIK_CATALOG=netting))
    invoiced(books, "2025-12")
    assert [amount for _, amount in taken(invoice(books, "2025-12"))] == ["240.00"]
    assert differences(books) == []


def test_two_runs_of_notes_at_once_issue_one(books: str, monkeypatch: pytest.MonkeyPatch) -> None:
    save, waiting = NoteRun._save, [lambda: noted(books)]

    def late_save(self: NoteRun, *drafts: Any) -> Any:
        if waiting:
            waiting.pop()()
        return save(self, *drafts)

    monkeypatch.setattr(NoteRun, "_save", late_save)
    outcome = noted(books)
    assert (outcome["issued"], outcome["already_issued"]) == (0, 1)
    assert value(books, "SELECT count(*) FROM invoice WHERE kind = 'note'") == 1
    assert differences(books) == []


# Verification


def altered(url: str, number: str, **given: Any) -> list[str]:
    """What verification says of a document whose events say something else."""
    with decision_store(url) as decisions:
        ids = [row["id"] for row in decisions.rows(queries.INVOICES_IN_TURN)]
        issued = list(load_invoices(decisions, ids))
    result = Verification()
    verify_notes((_altered(own, number, given) for own in issued), result)
    return [one.where for one in result.differences]


def _altered(own: Invoice, number: str, given: Plain) -> Invoice:
    if own.document["number"] != number:
        return own
    return replace(own, draft=replace(own.draft, document={**own.draft.document, **given}))


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, []),
        ({"net": "250.00"}, ["net"]),
        ({"vat": "1.00"}, ["vat"]),
        ({"base": "9000.00"}, ["base"]),
        ({"cap": "100.00"}, ["amount within the cap"]),
        ({"lines": []}, ["net", "gross"]),
    ],
)
def test_verify_finds_a_note_that_does_not_add_up(
    books: str, given: Plain, where: list[str]
) -> None:
    number = issued_note(books)
    found = [one.rpartition(number)[2].lstrip(".: ") for one in altered(books, number, **given)]
    assert found == where


def test_verify_finds_what_was_changed_behind_the_events(books: str, netting: str) -> None:
    number = issued_note(books, LICZNIK_CATALOG=netting)
    own = invoice_after(books, "2025-12")["number"]
    assert change(books, "UPDATE invoice SET gross = gross + 1 WHERE number = %s", number) == 1
    assert change(books, "UPDATE invoice SET deducted = 1 WHERE number = %s", own) == 1
    assert sorted(differences(books)) == [f"invoice {own}.deducted", f"note {number}.gross"]
