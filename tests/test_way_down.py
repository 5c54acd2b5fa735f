"""The way down from a month to its entries: each level comes to the one above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from entrypoints.web.usage.lines import line_view
from entrypoints.web.usage.meters import MeterView, day_view, meter_view
from entrypoints.web.usage.overview import overview
from entrypoints.web.usage.reading import read_seen
from invoices.finding import find_invoice
from invoices.language import language
from metering.calendar import Period
from metering.store import UsageStore
from tests.builders import catalog, order, pack
from tests.running import decision_store, licznik, place, record, usage_store, used

OCTOBER = Period(2025, 10)
EN = language("en")
EVENTS = [
    used("sms", 3, "2025-09-30T22:00:00Z", "first of the month"),
    used("sms", 4, "2025-10-31T22:59:59Z", "last of the month"),
    used("sms", 5, "2025-10-31T23:00:00Z", "of November"),
    used("sms", 7, "2025-10-26T02:30:00+02:00", "before the clocks are changed"),
    used("sms", 11, "2025-10-26T02:30:00+01:00", "after it"),
    used("sms", 13, "2025-10-26T23:59:59+01:00", "last of a day of 25 hours"),
    used("sms", 6_000, "2025-10-10T12:00:00+02:00", "many"),
    *(used("sms", 1, "2025-10-11T12:00:00+02:00", f"one of {n}") for n in range(120)),
]


@dataclass(frozen=True)
class Books:
    """What the pages read from."""

    decisions: Decisions
    usage: UsageStore
    catalog: Catalog


@pytest.fixture
def month(database: str) -> str:
    """An October with repeats, an amendment, late usage, and an amendment after the invoice."""
    place(database, order(packs=[pack("pack_sms_5000")]))
    record(database, *EVENTS)
    record(database, *EVENTS[-3:])
    void(database, "one of 1", "2025-10-11")
    done = licznik(database, "invoices", "run", "--period", "2025-10")
    assert done.status == 0, done.err
    late = "2025-10-26T12:00:00+01:00"
    record(database, used("sms", 9, late, "late"), used("sms", 2, late, "late and wrong"))
    void(database, "late and wrong", "2025-10-26")
    void(database, "after it", "2025-10-26")
    return database


def void(url: str, event_id: str, day: str) -> None:
    """Usage that was sent by mistake."""
    own = ("--order", "acme-main", "--source", "/platform/node-3", "--id", event_id, "--day", day)
    done = licznik(url, "usage", "void", *own, "--by", "Ewa Nowak", "--reason", "a test")
    assert done.status == 0, done.err


@pytest.fixture
def books(month: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """As it is seen on 20 November."""
    now = datetime(2025, 11, 20, 12, tzinfo=UTC)
    monkeypatch.setattr("entrypoints.web.usage.reading.clock", lambda: now)
    with decision_store(month) as decisions, usage_store(month) as usage:
        yield Books(decisions, usage, catalog())


def seen_month(books: Any) -> MeterView:
    """October's messages."""
    return meter_view(books, overview(read_seen(books, "acme-main", OCTOBER), EN), "sms", EN)


def entries_of(books: Any, day: str, *, late: bool = True) -> list[Decimal]:
    """The quantities on all pages of a day, without what came late if that is not wanted."""
    seen, on = read_seen(books, "acme-main", OCTOBER), date.fromisoformat(day)
    first = day_view(books, seen, "sms", on, 1)
    further = (day_view(books, seen, "sms", on, n) for n in range(2, first.pages + 1))
    entries = [own for view in (first, *further) for own in view.entries]
    assert len(entries) == first.count
    return [Decimal(own["quantity"]) for own in entries if late or not own["late"]]


def test_the_days_come_to_the_month(books: Any) -> None:
    """3 + 6000 + 119 + 29 + 4; what belongs to November is not there."""
    view = seen_month(books)
    days = {own.day: own.used for own in view.days if own.used not in (None, "0")}
    assert sum(map(Decimal, days.values())) == Decimal(view.gauged.row["used"]) == 6_155
    assert days["2025-10-01"] == "3"
    assert (days["2025-10-26"], days["2025-10-31"]) == ("29", "4")


def test_the_entries_come_to_their_day_and_are_as_many(books: Any) -> None:
    """Of the 26th the invoice has seen an entry that was taken back since: both are shown."""
    for own in (one for one in seen_month(books).days if one.is_open):
        quantities = entries_of(books, own.day)
        assert (str(sum(quantities)), len(quantities)) == (own.used, own.entries), own.day
    assert sorted(entries_of(books, "2025-10-26")) == [-11, 7, 9, 11, 13]


def test_a_line_counts_what_its_invoice_has_seen(books: Any) -> None:
    """6157 messages; what came later is marked on the days' pages and told apart."""
    (number,) = read_seen(books, "acme-main", OCTOBER).report.invoices
    found = find_invoice(books.decisions, number)
    places = [own["item"] for own in found.document["lines"]]
    meter: Any = line_view(books, found, places.index("sms") + 1, EN).meter
    assert (meter["agrees"], meter["counted"]) == (True, "6157")
    for own in meter["days"]:
        quantities = entries_of(books, own["day"], late=False)
        assert (str(sum(quantities)), len(quantities)) == (own["used"], own["entries"])
    (late,) = meter["late"]
    assert (late["day"], late["quantity"]) == ("2025-10-26", "-2")
