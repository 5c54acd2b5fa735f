"""What comes in is counted, by minute and result, apart from what is recorded."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from entrypoints.watching.reading import Rate, masked, read_intake
from entrypoints.watching.tally import KEY, METER, Count, Tally, counted, sources_of, statements
from metering.intake import Intake
from tests.builders import Plain, catalog, event
from tests.running import RECEIVED, change, decision_store, decoded, routes_of, usage_store, value

METERS = catalog().meters
NOON = datetime(2025, 11, 3, 12, 0, 30, tzinfo=UTC)
ACCEPTED, DUPLICATE = Count(METER, "sms", "accepted"), Count(METER, "sms", "duplicate")


def counts_of(url: str, *events: Plain) -> Counter[Count]:
    """What is counted of a batch that is recorded."""
    with usage_store(url) as usage:
        batch = decoded(events, routes_of())
        return counted(batch, Intake(usage, METERS).take(batch, RECEIVED), METERS)


def test_every_event_is_counted_once(database: str) -> None:
    """As accepted, as a duplicate, or as rejected with the first reason."""
    conflict = event(id="1", data={"quantity": 9})
    nobody, odd = event(id="2", subject="nobody"), event(id="3", type="odd")
    counts = counts_of(database, event(id="1"), event(id="1"), conflict, nobody, odd)
    assert counts == {
        ACCEPTED: 1,
        DUPLICATE: 1,
        Count(METER, "sms", "rejected", "id_conflict"): 1,
        Count(METER, "sms", "rejected", "unknown_order"): 1,
        Count(METER, "", "rejected", "unknown_meter"): 1,
    }


def test_who_sent_is_told_by_source() -> None:
    """Each of a batch once."""
    batch = decoded([event(id="1"), event(id="2"), event(id="3", source="/b")], routes_of())
    assert sorted(sources_of(batch)) == ["/b", event()["source"]]


def test_counts_of_many_writers_add_up(database: str) -> None:
    """Those of a minute are one row; spans of time are told apart."""
    with decision_store(database) as store:
        for ago, events in ((0, 3), (0, 4), (30, 5), (600, 7), (2_000, 11)):
            minute = NOON.replace(second=0) - timedelta(minutes=ago)
            store.run(*statements({(minute, ACCEPTED): events}, {}))
        seen = read_intake(store, NOON)
    assert seen.total.accepted == Rate(minutes=7, hour=12, day=19)
    assert (seen.by_minute[-1], seen.by_minute[-31], sum(seen.by_minute)) == (7, 5, 12)


def test_a_tally_writes_what_it_has_when_it_is_closed(database: str) -> None:
    """And waits for a database that is away: nothing is counted twice or lost."""
    with decision_store(database) as store:
        tally = Tally(store, lambda: NOON)
        change(database, "ALTER TABLE intake_count RENAME TO elsewhere")
        tally.add({ACCEPTED: 2, Count(KEY, "k", "accepted"): 2}, ["/a"])
        tally._closing.wait(1.5)
        change(database, "ALTER TABLE elsewhere RENAME TO intake_count")
        tally.add({ACCEPTED: 1}, ["/a"])
        tally.close()
    assert value(database, "SELECT sum(events)::int FROM intake_count WHERE name = 'sms'") == 3
    assert value(database, "SELECT last_at FROM intake_source") == NOON


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("anna.nowak@acme.example", "a•••k@acme.example"),
        ("jo@acme.example", "j•••@acme.example"),
        ("agent-7", "a•••7"),
        ("", ""),
    ],
)
def test_users_are_masked(name: str, shown: str) -> None:
    """Two can be told apart, and neither be known."""
    assert masked(name) == shown
