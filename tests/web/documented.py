"""A portal's database with documents of every kind, incidents, planned work and claims."""

from __future__ import annotations

from pathlib import Path

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
    for month, words in (
        ("2025-11", ("invoices", "run")),
        ("2025-11", ("notes", "run")),
        ("2025-12", ("invoices", "run")),
        ("2025-12", ("invoices", "pdf")),
    ):
        made(url, catalog, *words, "--period", month)
    first = number_of(url, "acme-main")
    made(url, catalog, "payments", "record", first, "1000.00", "--on", "2025-11-10")
    assert licznik(url, "orders", "change", "price", "acme-main", "overage.sms", "0.12").status == 0
    words = ("--because", "price", "--form", "before-after")
    made(url, catalog, "invoices", "correct", first, *words)


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
