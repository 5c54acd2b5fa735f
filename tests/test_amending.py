"""Amendments: recorded usage is voided or replaced by new events, by somebody and for a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metering.calendar import Period
from metering.problems import ProblemsFound
from metering.usage import Peak
from tests.amending import (
    FIFTH,
    amendment,
    changes,
    entries_of,
    one,
    replace,
    shown,
    usage_of,
    void,
    within,
)
from tests.builders import AUTOMATION, Plain, order
from tests.limiting import counter
from tests.running import (
    balances,
    change,
    contents,
    differences,
    held,
    place,
    record,
    repeats,
    rows,
    used,
    value,
)

MORNING, NOON, EVENING = (f"2025-10-05T{hour}:00:00+02:00" for hour in ("08", "12", "20"))
NEXT_DAY = "2025-10-06T12:00:00+02:00"
NOVEMBER = "2025-11-05T12:00:00+01:00"


@pytest.fixture
def ordered(database: str) -> str:
    """Two orders of one account."""
    place(database, order(addons=AUTOMATION), order(id="acme-two"))
    return database


def refused(action: Any, *words: Any, **given: Any) -> list[tuple[str, str]]:
    """The codes and paths of the problems for which something is refused."""
    with pytest.raises(ProblemsFound) as found:
        action(*words, **given)
    return [(problem.code, problem.path) for problem in found.value.problems]


# Voiding


def test_a_voided_event_counts_no_more(ordered: str) -> None:
    """Its balance, its statement and its user: as if it had never come."""
    record(ordered, used("api_calls", 5, NOON, "a", user="anna"), used("sms", 7, NOON, "b"))
    assert changes(void(ordered, "a")) == [("api_calls", "2025-10", 1, 0, "-5")]
    assert usage_of(ordered) == {"totals": {"sms": 7}, "peaks": {}, "by_user": {}}
    assert shown(ordered) == [("b", "7")]
    assert differences(ordered) == []


def test_nothing_is_deleted(ordered: str) -> None:
    """The event, its counter-entry and who voided it why are recorded, one after the other."""
    record(ordered, used("sms", 7, NOON, "a"))
    before = rows(ordered, "SELECT * FROM usage_events")
    void(ordered, "a", by="Anna Nowak", reason="test traffic")
    assert rows(ordered, "SELECT * FROM usage_events ORDER BY originator_version")[:1] == before
    assert balances(ordered) == {("acme-main", "2025-10-05", "sms"): (Decimal(0), 2)}
    said = rows(ordered, "SELECT kind, by, reason, orders, taken_back FROM usage_amendment")
    assert said == [("void", "Anna Nowak", "test traffic", 1, 1)]


def test_a_voided_event_that_comes_again_is_a_duplicate(ordered: str) -> None:
    """It is not resurrected; with other content it contradicts what is recorded."""
    record(ordered, used("sms", 7, NOON, "a"))
    void(ordered, "a")
    again = record(ordered, used("sms", 7, NOON, "a"), used("sms", 8, NOON, "a"))
    assert (again.accepted, again.repeated) == (0, (1,))
    assert [problem.code for line in again.rejected for problem in line.problems] == ["id_conflict"]
    assert usage_of(ordered)["totals"] == {}
    assert repeats(ordered) == {("acme-main", "2025-10-05", "sms"): 1}


def test_voiding_all_of_a_source_within_a_time(ordered: str) -> None:
    """Half-open, in every order and sheet; other sources and meters stay."""
    other = {**used("sms", 100, NOON, "o"), "source": "/platform/node-9"}
    record(
        ordered,
        other,
        used("sms", 1, MORNING, "a"),
        used("sms", 2, NOON, "b"),
        used("sms", 4, NOON, "c", order="acme-two"),
        used("mass_sms", 8, NEXT_DAY, "d"),
        used("sms", 16, EVENING, "e"),
        used("sms", 32, NOVEMBER, "f"),
    )
    by_source = {"source": "/platform/node-3", "meter": "sms"}
    amended = void(ordered, within(NOON, EVENING, **by_source))
    assert changes(amended) == [("sms", "2025-10", 1, 0, "-2"), ("sms", "2025-10", 1, 0, "-4")]
    assert usage_of(ordered)["totals"] == {"sms": 117, "mass_sms": 8}
    assert usage_of(ordered, order="acme-two")["totals"] == {}
    assert differences(ordered) == []


def test_a_filter_takes_what_was_consumed_and_is_in_no_page_yet(ordered: str) -> None:
    """It was used as well, and must not come back after the void."""
    with counter(ordered) as asking:
        asking.consume("queues", at="2025-10-05 12:00")
        asking.roll()
        asking.consume("queues", at="2025-10-05 12:01")
        void(ordered, within(MORNING, EVENING))
        asking.roll()
    assert usage_of(ordered)["peaks"] == {}
    assert differences(ordered) == []


def test_a_filter_over_many_days_is_one_amendment(ordered: str) -> None:
    """Thousands of entries of many sheets, one transaction, one line of the list."""
    days = [f"2025-10-{n:02}T12:00:00+02:00" for n in range(1, 31)]
    record(ordered, *(used("sms", 1, at, f"{at}/{n}") for at in days for n in range(40)))
    amended = void(ordered, within("2025-10-11T00:00:00+02:00", "2025-10-21T00:00:00+02:00"))
    assert changes(amended) == [("sms", "2025-10", 400, 0, "-400")]
    said = rows(ordered, "SELECT taken_back, first_day, last_day FROM usage_amendment")
    assert said == [(400, date(2025, 10, 11), date(2025, 10, 20))]
    assert usage_of(ordered)["totals"] == {"sms": 800}
    assert differences(ordered) == []


def test_a_peak_that_was_voided_never_was(ordered: str) -> None:
    """R42: netted at its own instant, among the changes before and after."""
    record(ordered, held("records", 10, MORNING, "a"), held("records", 90, NOON, "b"))
    record(ordered, held("records", -95, EVENING, "c"), held("records", 7, NEXT_DAY, "d"))
    void(ordered, "b")
    peak = usage_of(ordered)["peaks"]["records"]
    assert (peak.level, peak.at.isoformat()) == (10, "2025-10-05T06:00:00+00:00")
    assert differences(ordered) == []


def test_a_level_without_its_beginning(ordered: str) -> None:
    """Voiding all of a stock meter leaves no level, in this month and the next."""
    record(ordered, held("records", 10, MORNING, "a"))
    void(ordered, "a")
    assert usage_of(ordered)["peaks"] == {}
    assert usage_of(ordered, period=Period(2025, 11))["peaks"] == {}


def test_a_user_of_whom_all_was_voided_has_no_share(ordered: str) -> None:
    """R46: each user brings an allowance; one who never was brings none."""
    record(
        ordered,
        used("api_calls", 5, NOON, "a", user="anna"),
        used("api_calls", 6, NOON, "b", user="jan"),
    )
    void(ordered, "b")
    assert usage_of(ordered)["by_user"] == {"api_calls": {"anna": 5}}


def test_an_order_s_route_need_not_be_open_to_void(ordered: str) -> None:
    """Only what is put in is checked like a new event."""
    record(ordered, used("sms", 5, NOON, "a"))
    void(ordered, within("2020-01-01T00:00:00+01:00", "2090-01-01T00:00:00+01:00"))
    assert usage_of(ordered)["totals"] == {}


# Replacing


def test_a_replaced_event_counts_as_its_replacement(ordered: str) -> None:
    """Quantity, user and attributes may differ; the new entry is shown, and marked."""
    record(ordered, used("api_calls", 500, NOON, "a", user="anna", status="sent"))
    record(ordered, used("sms", 1, NOON, "b"))
    corrected = used("api_calls", 5, NOON, "a", user="jan", status="failed")
    assert changes(replace(ordered, corrected, id="m-1")) == [
        ("api_calls", "2025-10", 1, 1, "-495")
    ]
    assert usage_of(ordered)["by_user"] == {"api_calls": {"jan": 5}}
    marked = [(own["id"], own["status"], own["amendment"]) for own in entries_of(ordered)]
    assert marked == [("a", "failed", "m-1"), ("b", None, None)]
    assert differences(ordered) == []


def test_the_original_and_the_replacement_are_both_known(ordered: str) -> None:
    """A repeat of either is a duplicate, anything else a conflict."""
    record(ordered, used("sms", 500, NOON, "a"))
    replace(ordered, used("sms", 5, NOON, "a"))
    again = record(ordered, *(used("sms", quantity, NOON, "a") for quantity in (500, 5, 6)))
    assert (again.accepted, again.repeated, len(again.rejected)) == (0, (1, 2), 1)
    assert usage_of(ordered)["totals"] == {"sms": 5}


def test_a_replacement_is_replaced_and_voided_in_turn(ordered: str) -> None:
    """Always the standing entry is amended."""
    record(ordered, used("sms", 500, NOON, "a"))
    replace(ordered, used("sms", 5, NOON, "a"))
    replace(ordered, used("sms", 50, MORNING, "a"))
    assert shown(ordered) == [("a", "50")]
    void(ordered, "a")
    assert shown(ordered) == []
    assert differences(ordered) == []


@pytest.mark.parametrize("named_by", ["the event", "the command"])
def test_a_time_on_another_day_moves_the_event(ordered: str, named_by: str) -> None:
    """The recorded day is named; both sheets change in one transaction."""
    record(ordered, used("sms", 5, NOON, "a"))
    moved = used("sms", 5, NEXT_DAY, "a")
    if named_by == "the event":
        replace(ordered, {**moved, "replaces": "2025-10-05"})
    else:
        replace(ordered, moved, day=FIFTH)
    assert balances(ordered) == {
        ("acme-main", "2025-10-05", "sms"): (Decimal(0), 2),
        ("acme-main", "2025-10-06", "sms"): (Decimal(5), 1),
    }
    assert [own["time"] for own in entries_of(ordered)] == [NEXT_DAY]
    assert record(ordered, moved).duplicates == 1
    assert differences(ordered) == []


def test_an_event_may_move_there_and_back(ordered: str) -> None:
    """The identity it left is free for itself."""
    record(ordered, used("sms", 5, NOON, "a"))
    replace(ordered, {**used("sms", 5, NEXT_DAY, "a"), "replaces": "2025-10-05"})
    replace(ordered, {**used("sms", 6, NOON, "a"), "replaces": "2025-10-06"})
    assert shown(ordered) == [("a", "6")]
    assert differences(ordered) == []


def test_two_events_may_change_places(ordered: str) -> None:
    """What is taken back makes room for what is put in."""
    record(ordered, used("sms", 5, NOON, "a"), used("sms", 7, NEXT_DAY, "a"))
    replace(
        ordered,
        {**used("sms", 5, NEXT_DAY, "a"), "replaces": "2025-10-05"},
        {**used("sms", 7, NOON, "a"), "replaces": "2025-10-06"},
    )
    assert shown(ordered) == [("a", "7"), ("a", "5")]
    assert differences(ordered) == []


def test_a_replacement_that_changes_nothing_is_not_recorded(ordered: str) -> None:
    """A file that comes twice, under no id of its own, does nothing the second time."""
    record(ordered, used("sms", 500, NOON, "a", user="anna"), used("sms", 7, NOON, "b"))
    events = (used("sms", 5, NOON, "a", user="anna"), used("sms", 7, NOON, "b"))
    first = replace(ordered, *events)
    assert (first.amended.recorded, first.amended.unchanged) == (True, 1)
    before = contents(ordered)
    second = replace(ordered, *events)
    assert (second.amended.recorded, second.amended.unchanged) == (False, 2)
    assert contents(ordered) == before


def test_a_stock_meter_s_delta_is_replaced(ordered: str) -> None:
    """The peak follows."""
    record(ordered, held("records", 10, MORNING, "a"), held("records", 90, NOON, "b"))
    record(ordered, held("records", -50, EVENING, "c"))
    replace(ordered, held("records", -5, NOON, "b"))
    assert usage_of(ordered)["peaks"]["records"].level == 10
    replace(ordered, held("records", 40, "2025-10-05T21:00:00+02:00", "b"))
    assert isinstance(usage_of(ordered)["peaks"]["records"], Peak)
    assert usage_of(ordered)["peaks"]["records"].level == 10
    assert differences(ordered) == []


def test_a_large_day_is_shown_in_windows_as_it_stands(ordered: str) -> None:
    """What was voided, or moved to another time of the day, cancels within its window."""
    times = [f"2025-10-05T12:{n:02}:00+02:00" for n in range(30)]
    record(ordered, *(used("sms", 1, at, f"e-{n:02}") for n, at in enumerate(times)))
    void(ordered, within(times[3], times[9]))
    for n in range(9, 15):
        replace(ordered, used("sms", 2, times[n + 10], f"e-{n:02}"))
    for n in range(12, 15):
        replace(ordered, used("sms", 3, times[n], f"e-{n:02}"))
    whole = entries_of(ordered)
    assert (len(whole), sum(int(own["quantity"]) for own in whole)) == (24, 33)
    for window in (1, 4, 11):
        assert entries_of(ordered, window=window) == whole


# Once


def test_an_amendment_given_again_under_its_id_is_no_other(ordered: str) -> None:
    """It tells what it did then."""
    record(ordered, used("sms", 7, NOON, "a"))
    first = void(ordered, "a", id="m-1")
    before = contents(ordered)
    again = void(ordered, "a", id="m-1")
    assert (again.amended.before, changes(again)) == (True, changes(first))
    assert contents(ordered) == before


@pytest.mark.parametrize("other", [{"by": "Anna"}, {"reason": "no reason"}])
def test_another_amendment_needs_another_id(ordered: str, other: Plain) -> None:
    """Who, why and what belong to it."""
    record(ordered, used("sms", 7, NOON, "a"), used("sms", 7, NOON, "b"))
    void(ordered, "a", id="m-1")
    assert refused(void, ordered, "a", id="m-1", **other) == [("id_conflict", "id")]
    assert refused(void, ordered, "b", id="m-1") == [("id_conflict", "id")]
    assert refused(replace, ordered, used("sms", 1, NOON, "b"), id="m-1") == [("id_conflict", "id")]


def test_a_dry_run_keeps_nothing_and_tells_what_would_be(ordered: str) -> None:
    """Not even a new user's number."""
    record(ordered, used("api_calls", 7, NOON, "a", user="anna"))
    before = contents(ordered)
    corrected = used("api_calls", 5, NOON, "a", user="jan")
    seen = replace(ordered, corrected, dry_run=True)
    voided = void(ordered, "a", dry_run=True)
    assert contents(ordered) == before
    assert changes(voided) == [("api_calls", "2025-10", 1, 0, "-7")]
    assert changes(seen) == changes(replace(ordered, corrected))


# What is refused


def test_what_is_not_there_cannot_be_amended(ordered: str) -> None:
    """Another day, id or order."""
    record(ordered, used("sms", 7, NOON, "a"))
    assert refused(void, ordered, "b") == [("unknown_event", "")]
    assert refused(void, ordered, one("a", date(2025, 10, 6))) == [("unknown_event", "")]
    assert refused(void, ordered, one("a", order="acme-two")) == [("unknown_event", "")]
    assert refused(void, ordered, one("a", order="nobody")) == [("unknown_order", "order")]
    missing = used("sms", 1, NOON, "b")
    assert refused(replace, ordered, missing) == [("unknown_event", "events[0]")]


def test_what_was_voided_cannot_be_voided_again(ordered: str) -> None:
    """Nor replaced; a new event needs an id of its own."""
    record(ordered, used("sms", 7, NOON, "a"))
    void(ordered, "a")
    assert refused(void, ordered, "a") == [("already_amended", "")]
    corrected = used("sms", 1, NOON, "a")
    assert refused(replace, ordered, corrected) == [("already_amended", "events[0]")]
    everything = within(MORNING, NOVEMBER)
    assert refused(void, ordered, everything) == [("nothing_to_void", "")]


def test_what_moved_to_another_day_is_amended_there(ordered: str) -> None:
    """The standing entry is the one to name."""
    record(ordered, used("sms", 5, NOON, "a"))
    replace(ordered, {**used("sms", 5, NEXT_DAY, "a"), "replaces": "2025-10-05"})
    assert refused(void, ordered, "a") == [("already_amended", "")]
    void(ordered, one("a", date(2025, 10, 6)))
    assert shown(ordered) == []


def test_an_event_cannot_move_onto_another(ordered: str) -> None:
    """One of the same source and id stands there."""
    record(ordered, used("sms", 5, NOON, "a"), used("sms", 7, NEXT_DAY, "a"))
    moved = {**used("sms", 5, NEXT_DAY, "a"), "replaces": "2025-10-05"}
    assert refused(replace, ordered, moved) == [("id_conflict", "events[0]")]


def test_an_event_keeps_its_meter(ordered: str) -> None:
    """Of another meter it is another event."""
    record(ordered, used("sms", 5, NOON, "a"))
    other = used("mass_sms", 5, NOON, "a")
    assert refused(replace, ordered, other) == [("other_meter", "events[0]")]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (used("sms", -5, NOON, "a"), ("negative_quantity", "events[1].data.quantity")),
        (used("sms", 5, "2025-09-30T12:00:00+02:00", "a"), ("before_launch", "events[1].time")),
        ({**used("sms", 5, NOON, "a"), "replaces": "5"}, ("invalid_day", "events[1].replaces")),
        (used("sms", 5, NOON, "b"), ("named_twice", "events[1]")),
        ("sms", ("not_an_event", "events[1]")),
    ],
)
def test_a_replacement_is_checked_like_a_new_event(
    ordered: str, wrong: Any, problem: tuple[str, str]
) -> None:
    """Nothing of it is recorded where anything is wrong."""
    record(ordered, used("sms", 5, NOON, "a"), used("sms", 5, NOON, "b"))
    before = contents(ordered)
    assert refused(replace, ordered, used("sms", 1, NOON, "b"), wrong) == [problem]
    assert contents(ordered) == before


@pytest.mark.parametrize(
    "given", [{"by": " "}, {"reason": ""}, {"reason": "a\nb"}, {"by": "x" * 257}, {"id": "\x1b"}]
)
def test_who_and_why_are_said_in_plain_text(ordered: str, given: Plain) -> None:
    """At most so long, and without control characters."""
    record(ordered, used("sms", 5, NOON, "a"))
    ((code, field),) = refused(void, ordered, "a", **given)
    assert code in ("missing_field", "invalid_field")
    assert [field] == list(given)


def test_a_filter_names_an_order_or_a_source_and_some_time(ordered: str) -> None:
    """Nobody voids everything by leaving something out."""
    assert refused(void, ordered, within(NOON, MORNING)) == [("empty_time", "to")]
    anybody = within(MORNING, NOON, meter="sms")
    assert refused(void, ordered, anybody) == [("missing_field", "order")]


# Verification


HARM = {
    "an amendment's reason": "UPDATE usage_amendment SET reason = 'other'",
    "an amendment that is gone": "DELETE FROM usage_amendment",
    "what it did": "UPDATE usage_amended SET quantity = quantity + 1",
    "what it did, gone": "DELETE FROM usage_amended",
    "a counter-entry twice": (
        "INSERT INTO usage_events SELECT originator_id, originator_version + 1, topic, state"
        " FROM usage_events WHERE originator_version = 2"
    ),
    "a counter-entry without its entry": (
        "UPDATE usage_events SET originator_version = 0 WHERE originator_version = 2"
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_harm_done_to_an_amendment_is_found(ordered: str, harm: str) -> None:
    """`licznik verify`."""
    record(ordered, used("sms", 5, NOON, "a"))
    void(ordered, "a")
    assert differences(ordered) == []
    assert change(ordered, HARM[harm]) > 0
    assert differences(ordered) != []


def test_an_amendment_is_a_value(ordered: str) -> None:
    """What is said of it is what was given."""
    record(ordered, used("sms", 5, NOON, "a"))
    said = amendment(id="m-1")
    own = void(ordered, "a", id="m-1").amended
    assert own.amendment == said
    assert value(ordered, "SELECT recorded_at FROM usage_amendment") == said.recorded_at
