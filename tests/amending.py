"""Words for the tests of amendments: who voids or replaces what, and what then stands."""

from __future__ import annotations

from dataclasses import replace as replaced
from datetime import date, datetime
from itertools import count
from typing import Any

from invoices.amendments import AmendedUsage, AmendmentDesk
from metering.amendments import Amendment, OneEvent, Within
from metering.calendar import Period, Span
from metering.history import read_usage
from metering.itemised import read_itemised
from tests.builders import Plain, catalog
from tests.running import RECEIVED, decision_store, usage_store

SOURCE = "/platform/node-3"
FIFTH = date(2025, 10, 5)
OCTOBER = Period(2025, 10)
_numbers = count(1)


def amendment(**given: Any) -> Amendment:
    """An amendment by Jan, of a new id unless one is given."""
    own = {"id": f"amendment-{next(_numbers)}", "by": "Jan", "reason": "sent in error"}
    return Amendment(**{**own, "recorded_at": RECEIVED, **given})


def one(event_id: str, day: date = FIFTH, order: str = "acme-main") -> OneEvent:
    """The event of an id, of the source of the tests."""
    return OneEvent(order, SOURCE, event_id, day)


def within(start: str, end: str, **given: Any) -> Within:
    """Everything between two times, by the order of the tests unless told otherwise."""
    own = given or {"order": "acme-main"}
    return Within(datetime.fromisoformat(start), datetime.fromisoformat(end), **own)


def void(url: str, what: OneEvent | Within | str, **given: Any) -> AmendedUsage:
    """Voids an event or all within a filter."""
    dry_run = given.pop("dry_run", False)
    wanted = one(what) if isinstance(what, str) else what
    with decision_store(url) as decisions, usage_store(url) as usage:
        desk = AmendmentDesk(decisions, usage, catalog())
        return desk.void(wanted, amendment(**given), dry_run=dry_run)


def replace(url: str, *events: Plain, **given: Any) -> AmendedUsage:
    """Puts events in the place of recorded ones."""
    dry_run, day = given.pop("dry_run", False), given.pop("day", None)
    named = [(f"events[{n}]", own) for n, own in enumerate(events)]
    with decision_store(url) as decisions, usage_store(url) as usage:
        desk = AmendmentDesk(decisions, usage, catalog())
        return desk.replace(named, amendment(**given), day, dry_run=dry_run)


def changes(amended: AmendedUsage) -> list[tuple[str, str, int, int, str]]:
    """Meter, period, entries taken back and put in, and the difference of each change."""
    return [
        (own.meter, str(own.period), own.taken_back, own.put_in, f"{own.quantity:f}")
        for own in amended.amended.changes
    ]


def usage_of(url: str, period: Period = OCTOBER, order: str = "acme-main") -> Plain:
    """What an order used in a period: totals, peaks, and what each user did, by name."""
    with usage_store(url) as store:
        found = read_usage(store.rows, [order], period)[order].usage
        named = {
            str(row["number"]): row["name"]
            for row in store.rows("SELECT number, name FROM usage_user")
        }
    by_user = {
        meter: {named.get(user, ""): own for user, own in users.items()}
        for meter, users in found.by_user.items()
    }
    return {"totals": dict(found.totals), "peaks": dict(found.peaks), "by_user": by_user}


def entries_of(
    url: str, period: Period = OCTOBER, order: str = "acme-main", **given: Any
) -> list[Plain]:
    """The single entries that a statement of a period shows, read in another way if told."""
    span = Span(period.first_day, period.last_day)
    asked = (order, span, catalog().meters)
    with usage_store(url) as store:
        with store.snapshot() as rows:
            items = read_itemised(store, rows, *asked, today=date(2025, 11, 3))
        found = [row for frame in replaced(items, **given).frames() for row in frame.to_dicts()]
    assert items.entries == len(found)
    return found


def shown(url: str, **given: Any) -> list[tuple[str, str]]:
    """The id and quantity of each single entry that is shown."""
    return [(own["id"], own["quantity"]) for own in entries_of(url, **given)]
