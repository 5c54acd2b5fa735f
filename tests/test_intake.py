"""Intake: whatever comes in whatever order and however often, each event counts exactly once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metering.calendar import local_day
from metering.entries import packed_id, shard_of, unpacked_id
from metering.events import MAX_QUANTITY
from metering.intake import Intake, Taken
from metering.rebuilding import Rebuilt
from metering.routes import Routes
from metering.store import UsageStore
from tests.builders import Plain, addon, catalog, checked, event, order, pack
from tests.running import (
    RECEIVED,
    balances,
    contents,
    differences,
    empty,
    held,
    place,
    record,
    repeats,
    rows,
    take,
    usage_store,
    used,
    user_balances,
    value,
)

a_few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
MAIN = "acme-main"
TWIN = next(f"acme-{n}" for n in range(999) if shard_of(f"acme-{n}", 64) == shard_of(MAIN, 64))
OTHER = "acme-far"
"""An order that shares the sheets of the first, and one that has sheets of its own."""

MORNING, NOON, EVENING = (f"2025-10-05T{hour}:00:00+02:00" for hour in ("08", "12", "20"))
TIMES = (
    MORNING,
    "2025-10-05T06:00:00Z",
    NOON,
    "2025-10-05T12:00:00.000001+02:00",
    EVENING,
    "2025-10-05T23:59:59.999999+02:00",
    "2025-10-05T22:00:00Z",
    "2025-10-06T08:00:00+02:00",
)
IDS = (
    "3f0c",
    "0b9d0e5e-6d0f-4a7e-9a3c-0123456789ab",
    "0B9D0E5E-6D0F-4A7E-9A3C-0123456789AB",
    "sixteen-bytes-id",
    "szesnaście-byte",
    "zażółć-gęślą-jaźń-🙂",
    "x" * 256,
)


@pytest.fixture(scope="module")
def store(shared_database: str) -> Iterator[UsageStore]:
    """The store of the module's database."""
    with usage_store(shared_database) as own:
        yield own


@pytest.fixture
def fresh(store: UsageStore, shared_database: str) -> str:
    """The address of the module's database, emptied."""
    empty(shared_database)
    return shared_database


@cache
def routes() -> Routes:
    """Three orders with speech synthesis and training."""
    own: dict[str, Any] = {"addons": [addon("tts")], "packs": [pack("pack_training_oneoff_5h")]}
    return {
        key: route
        for name in (MAIN, TWIN, OTHER)
        for key, route in checked(order(id=name, **own)).routes.items()
    }


def intake(store: UsageStore) -> Intake:
    """An intake that has met nothing yet."""
    return Intake(store, catalog().meters)


def counts(taken: Taken) -> tuple[int, int]:
    """How many events were accepted, and how many were duplicates."""
    return taken.accepted, taken.duplicates


def codes(taken: Taken) -> list[tuple[int, str]]:
    """The line and code of each rejected event."""
    return [(one.line, problem.code) for one in taken.rejected for problem in one.problems]


# What the balances must be, the plain way


class Balance(NamedTuple):
    """A balance as the plain sum sees it."""

    used: Decimal
    entries: int
    peak: Decimal | None
    peak_at: datetime | None
    first_at: datetime
    last_at: datetime


def instant(one: Plain) -> datetime:
    """When an event happened."""
    return datetime.fromisoformat(one["time"]).astimezone(UTC)


def identity(one: Plain) -> tuple[Any, ...]:
    """What a repeat of an event repeats."""
    return one["subject"], local_day(instant(one)), one["source"], one["id"]


def amount(one: Plain) -> Decimal:
    """The signed quantity of an event."""
    return Decimal(one["data"].get("quantity", one["data"].get("delta")))


def plain_balances(events: list[Plain]) -> dict[tuple[Any, ...], Balance]:
    """The balances of events that are all different, by adding up one after the other."""
    grouped: defaultdict[tuple[Any, ...], list[Plain]] = defaultdict(list)
    for one in events:
        grouped[one["subject"], local_day(instant(one)), one["type"]].append(one)
    return {key: plain_balance(own) for key, own in grouped.items()}


def plain_balance(events: list[Plain]) -> Balance:
    """The balance of an order, day and meter."""
    times = sorted({instant(one) for one in events})
    total = sum(map(amount, events), Decimal(0))
    if "quantity" in events[0]["data"]:
        return Balance(total, len(events), None, None, times[0], times[-1])
    levels = [(sum(amount(one) for one in events if instant(one) <= at), at) for at in times]
    peak = max(level for level, _ in levels)
    peak_at = next(at for level, at in levels if level == peak)
    return Balance(total, len(events), Decimal(peak), peak_at, times[0], times[-1])


def plain_user_balances(events: list[Plain]) -> dict[tuple[str, str, str, str], Decimal]:
    """What each user used in the month, by adding up one after the other."""
    sums: defaultdict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for one in events:
        if one["type"] == "api_calls":
            user = one["data"].get("user", "")
            sums[one["subject"], "2025-10-01", "api_calls", user] += amount(one)
    return dict(sums)


def stored_balances(url: str) -> dict[tuple[Any, ...], Balance]:
    """The balances as they are stored."""
    query = "SELECT order_id, day, meter, used, entries, peak, peak_at, first_at, last_at"
    found = rows(url, f"{query} FROM usage_balance")
    return {(own, day, meter): Balance(*rest) for own, day, meter, *rest in found}


# Random events, repeated, shuffled, split into batches


@st.composite
def events(draw: st.DrawFn) -> Plain:
    """An event of any meter kind."""
    meter = draw(st.sampled_from(["sms", "api_calls", "queues", "records", "training_hours"]))
    data: Plain = {"quantity": draw(st.integers(1, 9))}
    if meter in ("queues", "records"):
        data = {"delta": draw(st.integers(-9, 9).filter(bool))}
    if meter == "training_hours":
        data = {"quantity": draw(st.sampled_from(["0.000001", "2.5", "1", "99.999999"]))}
    if draw(st.booleans()):
        data["user"] = draw(st.sampled_from(["anna@acme.pl", "Żaneta", "o'neil"]))
    if draw(st.booleans()):
        data["note"] = draw(st.sampled_from(["a,b", 'say "yes"', "dwa\nwiersze", "żółw"]))
    return event(
        id=draw(st.sampled_from(IDS)),
        source=draw(st.sampled_from(["/platform/node-1", "/węzeł/2"])),
        subject=draw(st.sampled_from([MAIN, TWIN, OTHER])),
        type=meter,
        time=draw(st.sampled_from(TIMES)),
        data=data,
    )


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Plain], list[list[Plain]]]:
    """Different events, and batches in which each of them comes once or more, in any order."""
    sent = draw(st.lists(events(), min_size=1, max_size=25, unique_by=identity))
    repeated = [*sent, *draw(st.lists(st.sampled_from(sent), max_size=15))]
    shuffled = draw(st.permutations(repeated))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=4)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    return sent, batches


@a_few
@given(deliveries())
def test_nothing_is_lost_and_nothing_counts_twice(
    store: UsageStore, fresh: str, delivered: tuple[list[Plain], list[list[Plain]]]
) -> None:
    """Whatever the order, the batches and the repeats, the balances are the plain sums."""
    empty(fresh)
    sent, batches = delivered
    own = intake(store)
    taken = [take(own, routes(), *batch) for batch in batches]
    assert sum(one.accepted for one in taken) == len(sent)
    assert sum(one.duplicates for one in taken) == sum(map(len, batches)) - len(sent)
    assert stored_balances(fresh) == plain_balances(sent)
    assert user_balances(fresh) == plain_user_balances(sent)


@a_few
@given(deliveries(), st.lists(st.booleans(), min_size=5, max_size=5))
def test_two_intakes_in_turn_are_as_good_as_one(
    store: UsageStore,
    fresh: str,
    delivered: tuple[list[Plain], list[list[Plain]]],
    turns: list[bool],
) -> None:
    """Each has met sheets that the other has changed since."""
    empty(fresh)
    sent, batches = delivered
    two = intake(store), intake(store)
    taken = [take(two[turn], routes(), *b) for turn, b in zip(turns, batches, strict=False)]
    assert sum(one.accepted for one in taken) == len(sent)
    assert stored_balances(fresh) == plain_balances(sent)


@a_few
@given(deliveries())
def test_a_process_that_starts_anew_knows_every_repeat(
    store: UsageStore, fresh: str, delivered: tuple[list[Plain], list[list[Plain]]]
) -> None:
    """The record itself tells what was recorded."""
    empty(fresh)
    sent, batches = delivered
    for batch in batches:
        take(intake(store), routes(), *batch)
    before, counted = contents(fresh, "usage_repeat"), sum(repeats(fresh).values())
    again = take(intake(store), routes(), *sent)
    assert (again.accepted, again.duplicates, again.rejected) == (0, len(sent), ())
    assert contents(fresh, "usage_repeat") == before
    assert sum(repeats(fresh).values()) == counted + len(sent)


@a_few
@given(deliveries(), st.data())
def test_an_identity_with_other_content_is_a_conflict_on_its_line(
    store: UsageStore,
    fresh: str,
    delivered: tuple[list[Plain], list[list[Plain]]],
    data: st.DataObject,
) -> None:
    """Contract, section 1: `id_conflict`, and what was recorded stays as it is."""
    empty(fresh)
    sent, batches = delivered
    own = intake(store)
    for batch in batches:
        take(own, routes(), *batch)
    before = contents(fresh, "usage_repeat")
    chosen = data.draw(st.integers(0, len(sent) - 1))
    altered = [one if i != chosen else other_content(one) for i, one in enumerate(sent)]
    taken = take(own, routes(), *altered)
    assert codes(taken) == [(chosen + 1, "id_conflict")]
    assert (taken.accepted, taken.duplicates) == (0, len(sent) - 1)
    assert contents(fresh, "usage_repeat") == before


def other_content(one: Plain) -> Plain:
    """The same identity with an attribute more."""
    return {**one, "data": {**one["data"], "status": "changed"}}


@a_few
@given(deliveries())
def test_what_is_verified_after_any_deliveries_is_clean(
    store: UsageStore, fresh: str, delivered: tuple[list[Plain], list[list[Plain]]]
) -> None:
    """Decision 4: any balance can be rebuilt from events."""
    empty(fresh)
    for batch in delivered[1]:
        take(intake(store), routes(), *batch)
    rebuilt = Rebuilt(store, catalog().meters)
    rebuilt.rebuild(lambda _: None)
    assert rebuilt.differences == []


# One case each


def test_an_intake_that_was_overtaken_looks_again(store: UsageStore, fresh: str) -> None:
    """Decision 3: the other one wins, and what it has recorded is dropped."""
    own, other = intake(store), intake(store)
    first, second, third = (used("sms", 1, NOON, f"{n}") for n in range(3))
    take(own, routes(), first)
    take(other, routes(), second)
    assert counts(take(own, routes(), second, third)) == (1, 1)
    assert balances(fresh) == {(MAIN, "2025-10-05", "sms"): (Decimal(3), 3)}


def test_a_repeat_in_the_same_batch_is_a_duplicate(store: UsageStore, fresh: str) -> None:
    """Contract, section 1."""
    one = used("sms", 5, NOON, "7f")
    assert counts(take(intake(store), routes(), one, one, one)) == (1, 2)
    assert balances(fresh) == {(MAIN, "2025-10-05", "sms"): (Decimal(5), 1)}
    assert repeats(fresh) == {(MAIN, "2025-10-05", "sms"): 2}


def test_repeats_are_counted_by_order_day_and_meter(store: UsageStore, fresh: str) -> None:
    """With new events in the batch and without, and never for a conflict."""
    own = intake(store)
    late = used("sms", 1, "2025-10-05T22:00:00Z", "b")
    sent = [used("sms", 1, NOON, "a"), late, held("queues", 2, NOON, "c", order=OTHER)]
    take(own, routes(), *sent, other_content(late))
    assert repeats(fresh) == {}
    take(own, routes(), *sent)
    take(own, routes(), sent[0], used("sms", 1, NOON, "d"))
    assert repeats(fresh) == {
        (MAIN, "2025-10-05", "sms"): 2,
        (MAIN, "2025-10-06", "sms"): 1,
        (OTHER, "2025-10-05", "queues"): 1,
    }
    assert (
        value(fresh, "SELECT count(*) FROM usage_repeat WHERE last_received_at <> %s", RECEIVED)
        == 0
    )


def test_repeats_of_a_batch_that_was_overtaken_count_once(store: UsageStore, fresh: str) -> None:
    """Its first attempt leaves nothing behind."""
    own, other = intake(store), intake(store)
    first, second, third = (used("sms", 1, NOON, f"{n}") for n in range(3))
    take(own, routes(), first)
    take(other, routes(), second)
    take(own, routes(), first, second, third)
    assert repeats(fresh) == {(MAIN, "2025-10-05", "sms"): 2}


def test_the_first_of_two_contents_in_a_batch_counts(store: UsageStore, fresh: str) -> None:
    """Contract, section 1: the other one is the conflict."""
    one, other = used("sms", 5, NOON, "7f"), used("sms", 6, NOON, "7f")
    taken = take(intake(store), routes(), one, other, one)
    assert (taken.accepted, taken.duplicates, codes(taken)) == (1, 1, [(2, "id_conflict")])
    assert balances(fresh) == {(MAIN, "2025-10-05", "sms"): (Decimal(5), 1)}


def test_a_conflict_shows_the_line_as_it_came(store: UsageStore, fresh: str) -> None:
    """The sender looks for it in what was sent."""
    own = intake(store)
    take(own, routes(), used("sms", 5, NOON, "7f"))
    (rejected,) = take(own, routes(), used("sms", 6, NOON, "7f")).rejected
    assert '"quantity":6' in rejected.text
    assert "id of its own" in rejected.problems[0].message


@pytest.mark.parametrize(
    "altered",
    [
        used("sms", 5, EVENING, "7f"),
        used("sms", 5, NOON, "7f", user="anna"),
        used("sms", 5, NOON, "7f", to="+48600100200"),
        used("hlr_lookups", 5, NOON, "7f"),
    ],
)
def test_time_meter_user_and_attributes_are_content(
    store: UsageStore, fresh: str, altered: Plain
) -> None:
    """Contract, section 1: the identity is order, source, id and day; the rest is content."""
    own = intake(store)
    take(own, routes(), used("sms", 5, NOON, "7f"))
    assert codes(take(own, routes(), altered)) == [(1, "id_conflict")]


@pytest.mark.parametrize(
    "other",
    [
        used("sms", 5, "2025-10-06T12:00:00+02:00", "7f"),
        used("sms", 5, NOON, "7f", order=OTHER),
        used("sms", 5, NOON, "7f", order=TWIN),
        {**used("sms", 5, NOON, "7f"), "source": "/platform/node-4"},
        used("sms", 5, NOON, "7F"),
    ],
)
def test_order_day_source_and_id_make_another_event(
    store: UsageStore, fresh: str, other: Plain
) -> None:
    """Contract, section 1."""
    one = used("sms", 5, NOON, "7f")
    assert take(intake(store), routes(), one, other).accepted == 2


def test_one_instant_written_in_two_ways_is_one_content(store: UsageStore, fresh: str) -> None:
    """A repeat repeats its time, in whatever offset."""
    one, same = used("sms", 5, NOON, "7f"), used("sms", 5, "2025-10-05T10:00:00Z", "7f")
    assert counts(take(intake(store), routes(), one, same)) == (1, 1)


def test_local_midnight_parts_the_days(store: UsageStore, fresh: str) -> None:
    """R6: days are those of Warsaw."""
    before, after = (
        used("sms", 1, f"2025-10-05T{t}Z", "7f") for t in ("21:59:59.999999", "22:00:00")
    )
    take(intake(store), routes(), before, after)
    assert {day for _, day, _ in balances(fresh)} == {"2025-10-05", "2025-10-06"}


def test_a_uuid_in_capitals_is_another_id(store: UsageStore, fresh: str) -> None:
    """An id is text, and is kept as it came."""
    upper = IDS[2]
    own = intake(store)
    assert take(own, routes(), used("sms", 1, NOON, upper)).accepted == 1
    assert take(own, routes(), used("sms", 1, NOON, upper.lower())).accepted == 1


def unpacked(packed: bytes) -> str:
    """The id of some bytes."""
    return str(pl.DataFrame({"id": [packed]}).select(unpacked_id()).item())


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40))
def test_any_id_can_be_read_back(text: str) -> None:
    """Packing loses nothing."""
    packed = pl.DataFrame({"id": [text]}).select(packed_id()).item()
    assert unpacked(packed) == text


@pytest.mark.parametrize("text", IDS)
def test_an_id_of_any_shape_can_be_read_back(text: str) -> None:
    """A UUID takes 16 bytes, and text of 16 bytes is not taken for one."""
    packed = pl.DataFrame({"id": [text]}).select(packed_id()).item()
    assert unpacked(packed) == text
    assert (len(packed) == 16) == (text == IDS[1])


@given(
    st.lists(
        st.one_of(
            st.uuids().map(str),
            st.uuids().map(lambda own: f"{own}/part"),
            st.text("aż", min_size=1, max_size=20),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_ids_of_several_shapes_together_can_be_read_back(texts: list[str]) -> None:
    """UUIDs beside text of any length."""
    packed = pl.DataFrame({"id": texts}).with_columns(packed_id())
    assert packed.select(unpacked_id())["id"].to_list() == texts


def test_changes_of_one_instant_are_netted_across_batches(store: UsageStore, fresh: str) -> None:
    """Contract, section 5: changes at one instant netted first."""
    own = intake(store)
    take(own, routes(), held("queues", 30, NOON, "1"))
    take(own, routes(), held("queues", -28, NOON, "2"))
    assert value(fresh, "SELECT peak FROM usage_balance") == 2


def test_a_batch_that_reaches_back_in_a_day_may_raise_its_peak(
    store: UsageStore, fresh: str
) -> None:
    """R42: the level counts as it was, not as it was reported."""
    own = intake(store)
    take(own, routes(), held("queues", 5, NOON, "1"), held("queues", -5, EVENING, "2"))
    take(own, routes(), held("queues", 7, MORNING, "3"))
    assert rows(fresh, "SELECT used, peak FROM usage_balance") == [(7, 12)]


def test_a_user_has_one_number_in_an_order_and_month(store: UsageStore, fresh: str) -> None:
    """R46: whatever the days and the intakes."""
    for day in ("05", "06", "07"):
        at = f"2025-10-{day}T12:00:00+02:00"
        take(intake(store), routes(), used("api_calls", 2, at, day, user="anna@acme.pl"))
    assert user_balances(fresh) == {(MAIN, "2025-10-01", "api_calls", "anna@acme.pl"): Decimal(6)}


def test_a_user_of_two_months_has_two_numbers(store: UsageStore, fresh: str) -> None:
    """Decision 9: the number is one of an order and month."""
    events = [
        used("api_calls", 1, f"2025-{month}-01T00:00:00Z", "1", user="anna") for month in (10, 11)
    ]
    take(intake(store), routes(), *events)
    assert value(fresh, "SELECT count(DISTINCT user_number) FROM usage_user_balance") == 2


def test_nobody_is_user_number_zero(store: UsageStore, fresh: str) -> None:
    """R46: calls that name no user are counted together."""
    take(intake(store), routes(), used("api_calls", 1, NOON, "1"))
    take(intake(store), routes(), used("api_calls", 2, NOON, "2", user=""))
    assert rows(fresh, "SELECT user_number, used FROM usage_user_balance") == [(0, 3)]


def test_the_most_that_events_may_carry_adds_up_exactly(store: UsageStore, fresh: str) -> None:
    """Sums are wider than 64 bits."""
    many = [used("api_calls", MAX_QUANTITY, NOON, f"{n}", user="anna") for n in range(9_300)]
    own = intake(store)
    take(own, routes(), *many)
    take(own, routes(), used("api_calls", 1, NOON, "more", user="anna"))
    total = 9_300 * MAX_QUANTITY + 1
    assert total > 2**63
    assert balances(fresh) == {(MAIN, "2025-10-05", "api_calls"): (Decimal(total), 9_301)}
    assert set(user_balances(fresh).values()) == {Decimal(total)}
    assert differences(fresh) == []


def test_the_highest_level_of_a_stock_may_pass_64_bits(store: UsageStore, fresh: str) -> None:
    """Sums are wider than 64 bits, also where a batch reaches back."""
    many = [held("records", MAX_QUANTITY, NOON, f"{n}") for n in range(9_300)]
    own = intake(store)
    take(own, routes(), *many)
    take(own, routes(), held("records", 1, MORNING, "earlier"))
    take(own, routes(), held("records", -1, EVENING, "later"))
    assert value(fresh, "SELECT peak FROM usage_balance") == 9_300 * MAX_QUANTITY + 1
    assert differences(fresh) == []


@pytest.mark.parametrize("hours", ["1000000000", "0.000001", "999999999.999999"])
def test_training_is_counted_to_a_millionth_of_an_hour(
    store: UsageStore, fresh: str, hours: str
) -> None:
    """Contract, section 1: exact decimals in a string."""
    take(intake(store), routes(), used("training_hours", hours, NOON, "1"))
    assert balances(fresh) == {(MAIN, "2025-10-05", "training_hours"): (Decimal(hours), 1)}


@pytest.mark.parametrize("hours", ["1000000000.000001", 10**10, 10**15])
def test_hours_that_do_not_fit_are_refused(store: UsageStore, fresh: str, hours: int | str) -> None:
    """One event may carry so many of a meter's smallest units."""
    taken = take(intake(store), routes(), used("training_hours", hours, NOON, "1"))
    assert codes(taken) == [(1, "quantity_too_large")]


def test_an_empty_batch_records_nothing(store: UsageStore, fresh: str) -> None:
    """There is nothing to do."""
    assert take(intake(store), routes()) == Taken()
    assert value(fresh, "SELECT count(*) FROM usage_events") == 0


def test_recorded_events_of_an_order_reach_its_balance(database: str) -> None:
    """The whole way: an order placed, its route looked up, its usage recorded."""
    place(database, order())
    assert record(database, used("sms", 5, NOON, "1"), used("sms", 6, NOON, "2")).accepted == 2
    assert balances(database) == {(MAIN, "2025-10-05", "sms"): (Decimal(11), 2)}
