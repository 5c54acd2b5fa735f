"""A portal's database with documents of every kind, incidents, planned work and claims."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from lxml import html

from entrypoints.web.words import words
from tests.builders import ACCOUNT, Plain, catalog_text, scenario
from tests.recorded_words import did, record_all
from tests.running import licznik, place, record, used, value
from tests.sla_words import incident, ordered, work
from tests.web.portal import BETA

SERVED = "acme-served"
"""An order of acme at level Progres, in service since October 2025."""
FAILURES = [
    incident(
        "F1",
        orders=[SERVED],
        reported="2025-11-10 16:35",
        qualified="2025-11-10 17:00",
        repaired="2025-11-10 19:15",
        down=[("2025-11-10 16:30", "2025-11-10 19:15")],
    ),
    incident("F2", orders=[SERVED], down=[("2025-11-19 19:30", "2025-11-19 20:45")]),
    incident(
        "F3",
        orders=[SERVED],
        reported="2025-11-10 20:30",
        qualified="2025-11-10 20:40",
        repaired="2025-11-12 14:10",
    ),
]
"""A failure reported in time, one that nobody reported, and a repair four hours late."""
PLANNED = [
    {**work("2025-11-19 20:00", "2025-11-20 00:00"), "orders": [SERVED]},
    {**work("2025-11-25 22:00", "2025-11-25 23:00", "2025-11-24 12:00"), "orders": [SERVED]},
]
"""Work that was announced in time, and work that was not."""


DOCUMENTED = "documented"
BY_PRICE = ("--because", "price", "--form", "before-after")


@dataclass(frozen=True)
class Books:
    """The name of a database with documents, and the catalog that they were made by."""

    database: str
    catalog: str


def netting(folder: Path) -> str:
    """A catalog whose seller nets penalties with invoices."""
    path = folder / "netted.yaml"
    text = catalog_text().replace("penalties: paid", "penalties: netted")
    path.write_text(text, encoding="utf-8")
    return str(path)


def document(url: str, catalog: str) -> None:
    """Invoices of three months, a part payment, a correction, an accounting note netted."""
    own = ordered("progres", id=SERVED, launch_date="2025-10-01")
    place(url, own, accounts=(ACCOUNT, BETA))
    record_all(url, scenario([own], incidents=FAILURES, exclusions=PLANNED))
    record(url, used("sms", 90, "2025-10-08T10:00:00+02:00", "l-1", order=SERVED))
    for month, step in (
        ("2025-11", ("invoices", "run")),
        ("2025-11", ("notes", "run")),
        ("2025-12", ("invoices", "run")),
        ("2025-12", ("invoices", "pdf")),
    ):
        made(url, catalog, *step, "--period", month)
    first = number_of(url, "acme-main")
    made(url, catalog, "payments", "record", first, "1000.00", "--on", "2025-11-10")
    assert licznik(url, "orders", "change", "price", "acme-main", "overage.sms", "0.12").status == 0
    made(url, catalog, "invoices", "correct", first, *BY_PRICE)


def made(url: str, catalog: str, *words: str) -> Plain:
    """What a command printed, with the catalog of the books."""
    outcome = licznik(url, *words, "--json", LICZNIK_CATALOG=catalog)
    assert outcome.status == 0, outcome.err + outcome.out
    found: Plain = outcome.data
    return found


def number_of(url: str, order: str, kind: str = "invoice", period: str = "2025-10-01") -> str:
    """The number of a document of an order's month."""
    query = "SELECT number FROM invoice WHERE order_id = %s AND kind = %s AND period = %s"
    number: str = value(url, query, order, kind, period)
    return number


def shown(url: str, *words: object) -> Plain:
    """What a command shows for programs."""
    found: Plain = did(url, *words)
    return found


# Reading pages


def cells(page: str, caption: str) -> list[list[str]]:
    """The rows of a page's table, each cell as its text."""
    for table in html.fromstring(page).iter("table"):
        (own,) = table.xpath("./caption") or [None]
        if own is not None and text_of(own) == caption:
            rows = table.xpath("./tbody/tr | ./tfoot/tr")
            return [[text_of(cell) for cell in row.xpath("./th | ./td")] for row in rows]
    raise AssertionError(f"no table {caption}")


def text_of(element: html.HtmlElement) -> str:
    """The text of an element on one line."""
    return " ".join(" ".join(element.itertext()).split())


def main_text(page: str) -> str:
    """What a page says, on one line, spaces as they are typed."""
    (main,) = html.fromstring(page).xpath("//main")
    return text_of(main)


def told(amount: str, currency: str = "PLN", code: str = "en") -> str:
    """An amount as pages tell it, with plain spaces."""
    return " ".join(words(code).money(Decimal(amount), currency).split())


def links(page: str) -> list[str]:
    """Where a page leads to from its main part."""
    return [str(own) for own in html.fromstring(page).xpath("//main//a/@href")]
