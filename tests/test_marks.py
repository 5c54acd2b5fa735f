"""Marks: usage near an allowance, limit or cap is told of once, and none is missed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.marks import Gauge, Measure, newly_reached
from invoices.notices import queries, touched, watching
from invoices.notices.watching import Watcher
from metering.calendar import Period
from metering.meters import Meter, MeterKind
from tests.builders import AUTOMATION, FROM_PURCHASE, Plain, addon, catalog, local, order, pack
from tests.noticing import IN_OCTOBER, notices, reached, watch
from tests.running import (
    RECEIVED,
    change,
    codes,
    decision_store,
    differences,
    empty,
    held,
    is_answered,
    licznik,
    place,
    record,
    usage_store,
    used,
    value,
)

NOON = "2025-10-05T12:00:00+02:00"
LATER = "2025-10-06T12:00:00+02:00"
SMS_5000 = pack("pack_sms_5000")
OCTOBER = "2025-10"
ALLOWANCE, LIMIT, CAP, USER = "allowance", "limit", "cap", "user"


def of_sms(*marks: int) -> list[tuple[str, str, str, int]]:
    """Marks of the SMS pool in October."""
    return [(OCTOBER, "sms", ALLOWANCE, mark) for mark in marks]


# What is reached


def gauge(used_units: str, within: str = "1000", bound: str | None = None) -> Gauge:
    """A gauge of SMS."""
    meter = Meter("sms", MeterKind.FLOW, "message")
    own = Decimal(bound or within)
    return Gauge(meter, Measure.ALLOWANCE, Decimal(used_units), own, Decimal(within))


@pytest.mark.parametrize(
    ("used_units", "marks"),
    [
        ("0", []),
        ("799.999999", []),
        ("800", [80]),
        ("999.999999", [80]),
        ("1000", [80, 100]),
        ("5000", [80, 100]),
    ],
)
def test_a_mark_is_reached_exactly(used_units: str, marks: list[int]) -> None:
    """What rounds to 100 % is not 100 %."""
    found = newly_reached([gauge(used_units)], lambda _: (100, 80, 80), set())
    assert [mark for mark, _ in found] == marks


def test_a_known_mark_is_not_reached_again_but_at_another_bound() -> None:
    """The key has the bound in it."""
    own = gauge("1000")
    known = {own.key(80), own.key(100)}
    assert newly_reached([own], lambda _: (80, 100), known) == []
    other = gauge("1000", bound="1200")
    assert [mark for mark, _ in newly_reached([other], lambda _: (80, 100), known)] == [80, 100]


# What the watcher finds


def test_a_mark_is_told_once(database: str) -> None:
    """R58: 4,000 of the 5,000 messages of a pack; nothing more before 5,000."""
    place(database, order(packs=[SMS_5000]))
    for number, (units, new) in enumerate([(3999, 0), (1, 1), (999, 0), (1, 1), (5000, 0)]):
        record(database, used("sms", units, NOON, f"e{number}"))
        assert (watch(database), watch(database)) == (new, 0)
    assert reached(database) == of_sms(80, 100)
    assert differences(database) == []


def test_marks_that_are_jumped_over_are_told_each(database: str) -> None:
    """Who waits for 100 % need not know of 80 %, and who warns at 80 % is not passed over."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 7000, NOON, "e"))
    assert watch(database) == 2
    assert {(own["mark"], own["fill"]) for own in notices(database)} == {(80, "140"), (100, "140")}


def test_a_notice_says_what_was_used_and_of_how_much(database: str) -> None:
    """Quantities are exact, and text."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 4321, NOON, "e"))
    watch(database)
    assert notices(database) == [
        {
            "order": "acme-main",
            "account": "acme",
            "period": OCTOBER,
            "meter": "sms",
            "unit": "message",
            "measure": ALLOWANCE,
            "mark": 80,
            "used": "4321",
            "bound": "5000",
            "within": "5000",
            "fill": "86.42",
        }
    ]


def test_a_pack_bought_later_arms_the_marks_again(database: str) -> None:
    """R59: 5,000 of 5,000, then of 10,000; 80 % of those is another mark."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 5000, NOON, "a"))
    assert watch(database) == 2
    buy = ("orders", "add", "pack", "acme-main", "pack_sms_5000", "--at", LATER)
    assert licznik(database, *buy).status == 0
    assert watch(database) == 0
    record(database, used("sms", 3000, LATER, "b"))
    assert watch(database) == 1
    assert [own["bound"] for own in notices(database)].count("10000") == 1


def test_a_smaller_package_reaches_a_mark_without_any_usage(database: str) -> None:
    """R49: 12 queues are 60 % of the 20 of Enterprise, and 80 % of the 15 of Pro."""
    place(database, order("enterprise"))
    record(database, held("queues", 12, "2025-11-02T12:00:00+01:00", "q"))
    assert watch(database, RECEIVED) == 0
    smaller = ("orders", "change", "package", "acme-main", "pro", "20", "--from", "2025-11-01")
    outcome = licznik(database, *smaller, "--price", "150")
    assert outcome.status == 0, outcome.err
    assert watch(database, RECEIVED) == 1
    assert reached(database) == [("2025-11", "queues", LIMIT, 80)]


def test_a_hard_limit_is_told_of_as_a_limit(database: str) -> None:
    """R49: 15 queues; the 16th is refused."""
    place(database, order())
    record(database, held("queues", 12, NOON, "a"), held("queues", 4, LATER, "b"))
    assert watch(database) == 2
    assert reached(database) == [(OCTOBER, "queues", LIMIT, mark) for mark in (80, 100)]


def test_a_stock_that_falls_and_rises_again_is_told_of_once(database: str) -> None:
    """R47: what counts is the highest level of the period."""
    place(database, order())
    for number, delta in enumerate((12, -12, 12, -5, 6)):
        record(
            database, held("queues", delta, f"2025-10-0{number + 1}T12:00:00+02:00", f"{number}")
        )
        watch(database)
    assert reached(database) == [(OCTOBER, "queues", LIMIT, 80)]


def test_a_limit_that_fell_in_the_month_is_told_of_when_it_is_full(database: str) -> None:
    """R53: 20 channels of 25 were used, then of 20; the peak does not tell that they are full."""
    extra = addon("automatic_caller_extra_channel", 5, "2025-10-01", "2025-10-10")
    place(database, order(addons=[addon("automatic_caller"), extra]))
    for delta, day in ((20, 5), (-15, 6), (10, 12)):
        record(database, held("caller_channels", delta, local(f"2025-10-{day:02} 12:00"), f"{day}"))
        watch(database, datetime(2025, 10, day, 11, tzinfo=UTC))
    assert reached(database) == channels(80)
    record(database, held("caller_channels", 5, local("2025-10-20 12:00"), "full"))
    assert [watch(database), watch(database)] == [2, 0]
    assert sorted(reached(database)) == channels(80, 80, 100)
    assert [own["bound"] for own in notices(database)] == ["25", "20", "20"]
    assert differences(database) == []


def channels(*marks: int) -> list[tuple[str, str, str, int]]:
    """Marks of the channels of the Automatic Caller in October."""
    return [(OCTOBER, "caller_channels", LIMIT, mark) for mark in marks]


def test_a_stock_that_is_still_held_is_told_of_again_in_the_next_month(database: str) -> None:
    """Though nothing happens in it: the level lives on."""
    place(database, order())
    record(database, held("queues", 12, NOON, "a"))
    watch(database)
    assert watch(database, datetime(2025, 11, 1, 12, tzinfo=UTC)) == 1
    assert reached(database) == [(own, "queues", LIMIT, 80) for own in (OCTOBER, "2025-11")]


def test_usage_that_comes_late_reaches_the_months_after_it(database: str) -> None:
    """A level of October that arrives in November is held in both."""
    place(database, order())
    watch(database, RECEIVED)
    record(database, held("queues", 15, NOON, "a"))
    assert watch(database, RECEIVED) == 4
    assert {period for period, *_ in reached(database)} == {OCTOBER, "2025-11"}


def test_a_stock_of_long_ago_that_comes_late_is_told_of_where_it_is_held(database: str) -> None:
    """The months that are watched, not the one that it is from."""
    in_january = datetime(2026, 1, 20, tzinfo=UTC)
    place(database, order())
    assert watch(database, in_january) == 0
    record(database, held("queues", 12, NOON, "a"))
    assert watch(database, in_january) == 3
    assert [period for period, *_ in reached(database)] == ["2025-11", "2025-12", "2026-01"]


def test_an_overage_cap_is_told_of_beside_the_allowance(database: str) -> None:
    """R68: 1,000 mass e-mails are free and 200 more are allowed; then they are refused."""
    place(database, order(addons=AUTOMATION, caps={"mass_emails": 200}))
    record(database, used("mass_emails", 1160, NOON, "e"))
    watch(database)
    base = [(OCTOBER, "mass_emails", ALLOWANCE, mark) for mark in (80, 100)]
    assert reached(database) == [*base, (OCTOBER, "mass_emails", CAP, 80)]
    record(database, used("mass_emails", 500, NOON, "f"))
    watch(database)
    assert reached(database)[-1] == (OCTOBER, "mass_emails", CAP, 100)


def test_a_cap_of_nothing_has_no_marks(database: str) -> None:
    """R68: mass SMS without a cap have no overage at all."""
    place(database, order(addons=AUTOMATION))
    record(database, used("mass_sms", 100, NOON, "e"))
    watch(database)
    assert {measure for _, _, measure, _ in reached(database)} == {ALLOWANCE}


def test_of_calls_by_user_the_fullest_user_counts(database: str) -> None:
    """R46: each has 100,000; one of them is charged, whatever the others leave over."""
    place(database, order())
    record(database, *(used("api_calls", 1000, NOON, f"u{n}", user=f"u{n}") for n in range(9)))
    assert watch(database) == 0
    record(database, used("api_calls", 80_000, LATER, "a", user="anna"))
    assert watch(database) == 1
    record(database, used("api_calls", 80_000, LATER, "b", user="bea"))
    assert watch(database) == 0
    (own,) = notices(database)
    assert (own["measure"], own["used"], own["bound"]) == (USER, "80000", "100000")


def test_calls_that_the_licences_share_count_together(database: str) -> None:
    """R46, the other reading: 20 licences have 2,000,000."""
    place(database, order(policies={"api_scope": "licences"}))
    calls = [used("api_calls", 400_000, NOON, f"u{n}", user=f"u{n}") for n in range(4)]
    record(database, *calls)
    watch(database)
    assert reached(database) == [(OCTOBER, "api_calls", ALLOWANCE, 80)]


def test_a_shared_pack_that_another_meter_empties_reaches_marks_once(database: str) -> None:
    """R70: 3,000 SMS of a pool of 5,000, and mass SMS take the rest of it bit by bit."""
    place(database, order(packs=[SMS_5000], addons=AUTOMATION))
    record(database, used("sms", 3000, NOON, "s"))
    for number in range(8):
        record(database, used("mass_sms", 300, LATER, f"m{number}"))
        watch(database)
    assert [own for own in reached(database) if own[1] == "sms"] == of_sms(80, 100)
    assert differences(database) == []


def test_under_from_purchase_single_uses_decide(database: str) -> None:
    """R59: what was sent before the pack is not taken from it."""
    own = order(packs=[pack("pack_sms_5000", "2025-10-10 12:00")], policies=FROM_PURCHASE)
    place(database, own)
    record(database, used("sms", 2600, NOON, "before"))
    assert watch(database) == 0
    record(database, used("sms", 1400, local("2025-10-12 12:00"), "after"))
    assert watch(database) == 1
    assert reached(database) == of_sms(80)


def test_a_meter_without_any_bound_has_no_marks(database: str) -> None:
    """SMS without a pack are charged from the first one on."""
    place(database, order())
    record(database, used("sms", 10**6, NOON, "e"))
    assert watch(database) == 0


def test_a_period_with_an_invoice_has_no_new_marks(database: str) -> None:
    """Its late usage is billed as an adjustment; there is nothing to be warned of any more."""
    place(database, order(packs=[SMS_5000]))
    assert licznik(database, "invoices", "run", "--period", OCTOBER).status == 0
    record(database, used("sms", 5000, NOON, "e"))
    assert watch(database, RECEIVED) == 0


def test_a_first_start_tells_of_what_is_reached_by_then(database: str) -> None:
    """Whoever used something in the months that are watched is looked at, and once."""
    place(database, order(packs=[SMS_5000]), order(id="held"))
    record(database, used("sms", 5000, NOON, "a"), held("queues", 12, NOON, "b", order="held"))
    assert watch(database, RECEIVED) == 4
    assert [own for own, *_ in reached(database, "held")] == [OCTOBER, "2025-11"]
    assert watch(database, RECEIVED) == 0


def test_a_first_start_does_not_tell_of_the_marks_of_years(database: str) -> None:
    """The month and the two before it are watched."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 5000, NOON, "e"))
    assert watch(database, datetime(2026, 1, 5, tzinfo=UTC)) == 0
    empty(database)
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 5000, NOON, "e"))
    assert watch(database, datetime(2025, 12, 31, tzinfo=UTC)) == 2


# Which marks


def test_an_order_has_marks_of_its_own_for_a_meter(database: str) -> None:
    """They take effect at once, on what was used before, too."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 2600, NOON, "e"))
    assert watch(database) == 0
    assert licznik(database, "marks", "set", "acme-main", "sms", 95, 50).status == 0
    assert watch(database) == 1
    record(database, used("sms", 2400, NOON, "f"))
    assert watch(database) == 1
    assert reached(database) == of_sms(50, 95)
    assert differences(database) == []


def test_no_marks_mean_that_nothing_is_told(database: str) -> None:
    """And `--default` brings those of the catalog back."""
    place(database, order(packs=[SMS_5000]))
    assert licznik(database, "marks", "set", "acme-main", "sms").status == 0
    record(database, used("sms", 4000, NOON, "e"))
    assert watch(database) == 0
    own = licznik(database, "marks", "list", "acme-main", "--json").data
    assert own == {
        "default": [80, 100],
        "own": [{"order": "acme-main", "meter": "sms", "marks": []}],
    }
    assert licznik(database, "marks", "set", "acme-main", "sms", "--default").status == 0
    assert watch(database) == 1
    assert licznik(database, "marks", "list", "--json").data["own"] == []
    assert differences(database) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("acme", "sms", 50), "unknown_order"),
        (("acme-main", "smses", 50), "unknown_meter"),
        (("acme-main", "sms", 0), "out_of_range"),
        (("acme-main", "sms", 1001), "out_of_range"),
        (("acme-main", "sms", *range(1, 22)), "out_of_range"),
        (("acme-main", "sms", 50, "--default"), "wrong_option"),
    ],
)
def test_marks_that_cannot_be(database: str, words: tuple[Any, ...], code: str) -> None:
    """Each is a sentence."""
    place(database, order())
    outcome = licznik(database, "marks", "set", *words)
    assert is_answered(outcome)
    assert codes(outcome) == [code]


def test_the_marks_reached_can_be_listed(database: str) -> None:
    """The last ones first."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 4000, NOON, "e"))
    watch(database)
    listed = ("marks", "reached", "--json", "--order", "acme-main")
    (own,) = licznik(database, *listed).data["marks"]
    assert (own["meter"], own["mark"], own["used"], own["bound"]) == ("sms", 80, "4000", "5000")
    assert (
        licznik(database, "marks", "reached", "--period", "2025-11", "--json").data["marks"] == []
    )


def test_the_command_looks_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`licznik marks watch` says how many marks it has found."""
    monkeypatch.setattr("entrypoints.cli.noticing.clock", lambda: IN_OCTOBER)
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 5000, NOON, "e"))
    found = [licznik(database, "marks", "watch", "--json").data for _ in range(2)]
    assert found == [{"reached": 2}, {"reached": 0}]


# Crashes and several watchers


def test_a_crash_before_the_commit_loses_no_mark(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Position, mark and notice are one transaction."""
    place(database, order(packs=[SMS_5000]))
    record(database, used("sms", 5000, NOON, "e"))
    with monkeypatch.context() as patch:
        patch.setattr(queries, "KEEP_NOTICE", "SELECT 1 / 0")
        with pytest.raises(Exception, match="division by zero"):
            watch(database)
    assert (reached(database), notices(database)) == ([], [])
    assert watch(database) == 2
    assert differences(database) == []


def test_a_crash_between_two_groups_repeats_nothing(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first group is kept, the others are looked at by the next watcher."""
    monkeypatch.setattr(touched, "MOST", 1)
    ids = [f"acme-{n}" for n in range(4)]
    place(database, *(order(id=own, packs=[SMS_5000]) for own in ids))
    watch(database)
    for own in ids:
        record(database, used("sms", 4000, NOON, "e", order=own))
    with decision_store(database) as decisions, usage_store(database) as usage:
        groups = Watcher(decisions, usage, catalog(), IN_OCTOBER).watch()
        while not next(groups):
            pass
    assert value(database, "SELECT count(*) FROM usage_mark") == 1
    assert watch(database) == 3
    assert value(database, "SELECT count(*) FROM notice") == 4
    assert differences(database) == []


def test_two_watchers_at_once_tell_each_mark_once(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They meet at the position; who is second leaves it to the first."""
    monkeypatch.setattr(touched, "MOST", 3)
    ids = [f"acme-{n:02}" for n in range(30)]
    place(database, *(order(id=own, packs=[SMS_5000]) for own in ids))
    watch(database)
    for own in ids:
        record(database, used("sms", 5000, NOON, "e", order=own))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(watch, [database] * 4))
    watch(database)
    assert value(database, "SELECT count(*) FROM usage_mark") == 60
    assert value(database, "SELECT count(*) FROM notice") == 60
    assert differences(database) == []


# Verification


@pytest.mark.parametrize(
    ("harm", "where"),
    [
        ("UPDATE usage_mark SET used = used + 1", "reached/acme-main/2025-10"),
        ("DELETE FROM usage_mark WHERE mark = 80", "reached/acme-main/2025-10"),
        ("UPDATE notice SET body = replace(body, '5000', '6000')", "notice msg_"),
        ("DELETE FROM notice", "notice msg_"),
        ("UPDATE notice SET id = 'msg_other' WHERE body LIKE '%%\"mark\":80%%'", "notice msg_"),
        ("UPDATE mark_setting SET marks = '{1}'", "marks/acme-main"),
        ("DELETE FROM mark_setting", "marks/acme-main"),
    ],
)
def test_verification_finds_what_was_changed(database: str, harm: str, where: str) -> None:
    """A mark, a notice or a setting that no event tells of."""
    place(database, order(packs=[SMS_5000]))
    licznik(database, "marks", "set", "acme-main", "records", 50)
    record(database, used("sms", 5000, NOON, "e"))
    watch(database)
    assert differences(database) == []
    assert change(database, harm.replace("%%", "%")) > 0
    assert differences(database)
    assert all(own.startswith(where) for own in differences(database))


# Whatever comes in whatever batches

METERS = ("sms", "mass_sms", "mass_emails", "queues", "api_calls")
a_few = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def batches(draw: st.DrawFn) -> list[list[Plain]]:
    """Some batches of usage of October, in any order of time, repeats among them."""
    found: list[list[Plain]] = []
    for number in range(draw(st.integers(1, 4))):
        repeated: bool = draw(st.booleans())
        again = found[-1] if found and repeated else []
        new = [_use(draw, number, n) for n in range(draw(st.integers(1, 5)))]
        found.append([*again, *new])
    return found


def _use(draw: st.DrawFn, batch: int, n: int) -> Plain:
    meter = draw(st.sampled_from(METERS))
    at = f"2025-10-{draw(st.integers(1, 19)):02}T{draw(st.integers(0, 23)):02}:30:00+02:00"
    event_id = f"{batch}-{n}"
    if meter == "queues":
        return held(meter, draw(st.sampled_from([-4, -1, 2, 5, 7])), at, event_id)
    units = {"sms": 1400, "mass_sms": 600, "mass_emails": 400, "api_calls": 30_000}[meter]
    user = {"user": draw(st.sampled_from(["anna", "bea"]))} if meter == "api_calls" else {}
    return used(meter, units * draw(st.integers(1, 3)), at, event_id, **user)


def obvious(events: Iterable[Plain]) -> set[tuple[str, str, int]]:
    """The marks that usage has reached, by plain arithmetic: 80 and 100 percent of each bound.

    The order has 15 queues, 5,000 messages in a pack for SMS first and then for mass SMS, 100 mass
    SMS and 1,000 mass e-mails for nothing, 300 mass e-mails more at a price, and for each user
    100,000 API calls.
    """
    total: defaultdict[str, int] = defaultdict(int)
    by_user: defaultdict[str, int] = defaultdict(int)
    changes: list[tuple[str, int]] = []
    for own in {own["id"]: own for own in events}.values():
        data = own["data"]
        total[own["type"]] += data.get("quantity", 0)
        if own["type"] == "api_calls":
            by_user[data["user"]] += data["quantity"]
        if own["type"] == "queues":
            changes.append((own["time"], data["delta"]))
    moments = sorted({at for at, _ in changes})
    levels = [sum(delta for at, delta in changes if at <= moment) for moment in moments]
    sms_taken = min(total["sms"], 5000)
    mass_taken = min(max(total["mass_sms"] - 100, 0), 5000 - sms_taken)
    left = 5000 - sms_taken - mass_taken
    full = {
        ("queues", LIMIT): (max([0, *levels]), 15),
        ("sms", ALLOWANCE): (total["sms"], sms_taken + left),
        ("mass_sms", ALLOWANCE): (total["mass_sms"], 100 + mass_taken + left),
        ("mass_emails", ALLOWANCE): (total["mass_emails"], 1000),
        ("mass_emails", CAP): (max(total["mass_emails"] - 1000, 0), 300),
        ("api_calls", USER): (max([0, *by_user.values()]), 100_000),
    }
    return {
        (*key, mark)
        for key, (units, bound) in full.items()
        for mark in (80, 100)
        if bound and units and units * 100 >= mark * bound
    }


@given(batches(), st.lists(st.booleans(), min_size=5, max_size=5), st.integers(1, 4))
@a_few
def test_each_mark_is_told_once_and_none_other(
    shared_database: str, given_batches: list[list[Plain]], looks: list[bool], most: int
) -> None:
    """However usage comes in, whenever somebody looks, however small the groups are."""
    empty(shared_database)
    own = order(packs=[SMS_5000], addons=AUTOMATION, caps={"mass_emails": 300})
    place(shared_database, own)
    taken: list[Plain] = []
    expected: set[tuple[str, str, int]] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(touched, "MOST", most)
        if looks[-1]:
            watch(shared_database)
        for number, batch in enumerate(given_batches):
            record(shared_database, *batch)
            taken += batch
            if looks[number] or number == len(given_batches) - 1:
                watch(shared_database)
                expected |= obvious(taken)
                found = [
                    (meter, measure, mark) for _, meter, measure, mark in reached(shared_database)
                ]
                assert sorted(found) == sorted(expected)
    told = [(own["meter"], own["measure"], own["mark"]) for own in notices(shared_database)]
    assert sorted(told) == sorted(expected)


def test_a_thousand_orders_are_looked_at_in_chunks(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is found, at whatever border of groups and chunks it stands."""
    monkeypatch.setattr(touched, "MOST", 70)
    monkeypatch.setattr(watching, "CHUNK", 30)
    ids = [f"o-{n:03}" for n in range(200)]
    place(database, *(order(id=own, packs=[SMS_5000]) for own in ids))
    watch(database)
    for start in range(0, 200, 50):
        record(
            database, *(used("sms", 4500, NOON, "e", order=own) for own in ids[start : start + 50])
        )
    assert watch(database) == 200
    assert value(database, "SELECT count(DISTINCT order_id) FROM usage_mark") == 200


def test_the_months_that_are_watched() -> None:
    """The one of the day in Warsaw, and two before it."""
    last_moment = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    found = touched.watched_periods(last_moment)
    assert found == [Period(2025, 11), Period(2025, 12), Period(2026, 1)]
