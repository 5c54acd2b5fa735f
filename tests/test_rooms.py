"""What limits grant is what ledgers do not refuse: never more, and to the last unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from billing.entitlements import Contract, contract, grants, needs_times
from billing.rating.rate import rate_period
from billing.rooms import Month, flow_room
from metering.calendar import Period, local_day
from metering.limits import LAST_INSTANT
from metering.recent_uses import NO_ENTRIES, in_runs
from metering.usage import PeriodUsage, Use, summarise
from tests.builders import AUTOMATION, FROM_PURCHASE, catalog, checked, local, order, pack

OCTOBER = Period(2025, 10)
START = datetime.fromisoformat(local("2025-10-01 00:00"))
BOUNDED = ("mass_emails", "mass_sms", "sms", "hlr_lookups", "training_hours", "api_calls")

PACKS = ("pack_sms_2000", "pack_email_5000", "pack_hlr_2000", "pack_training_oneoff_5h")
hours = st.integers(0, 30 * 24 - 1)
packs = st.lists(
    st.builds(
        lambda item, hour: pack(item, (START + timedelta(hours=hour)).isoformat()),
        st.sampled_from(PACKS),
        hours,
    ),
    max_size=4,
)
caps = st.fixed_dictionaries(
    {"sms": st.integers(0, 300), "api_calls": st.integers(0, 300)},
    optional={"mass_emails": st.integers(0, 300), "mass_sms": st.integers(0, 300)},
)
policies = st.fixed_dictionaries(
    {
        "pack_coverage": st.sampled_from(["whole_period", "from_purchase"]),
        "api_scope": st.sampled_from(["user", "licences"]),
    }
)
uses = st.lists(
    st.tuples(st.sampled_from(BOUNDED), st.integers(1, 2500), hours, st.sampled_from("12")),
    max_size=8,
)


def governed(period: Period = OCTOBER, **own: Any) -> Contract:
    """The contract of an order in a month, in October if none is named."""
    terms = checked(order(addons=AUTOMATION, **own)).terms["acme-main"]
    found = contract(terms, catalog(), period)
    assert found is not None
    return found


def usage_of(own: Contract, used: list[Use]) -> PeriodUsage:
    return summarise(used, catalog().meters, own.period, frozenset(own.edition.meters))


def refused(own: Contract, used: list[Use]) -> Decimal:
    """Everything that the ledgers of the period refuse."""
    return sum((one.refused for one in rate_period(own, usage_of(own, used)).ledgers), Decimal(0))


@given(packs, caps, policies, uses, st.sampled_from(BOUNDED), hours)
def test_what_is_granted_is_refused_in_no_ledger(
    packs: list[Any],
    caps: dict[str, int],
    policies: dict[str, str],
    uses: list[tuple[str, int, int, str]],
    meter: str,
    hour: int,
) -> None:
    own = governed(packs=packs, caps=caps, policies=policies)
    used = [Use(m, START + timedelta(hours=h), Decimal(n), u) for m, n, h, u in uses]
    at = START + timedelta(hours=hour)
    terms = own.edition.meters[meter]
    room = flow_room([Month(own, usage_of(own, used))], terms, [], at, "1")
    assert room is not None
    before = refused(own, used)
    if room > 0:
        assert refused(own, [*used, Use(meter, at, room, "1")]) == before
    latest = all(use.at <= at for use in used)
    pushes_others = meter == "sms" and not needs_times(own, terms)
    if latest and not pushes_others:
        beyond = [*used, Use(meter, at, max(room, Decimal(0)) + 1, "1")]
        assert refused(own, beyond) > before


training = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 60 * 24), st.booleans()), max_size=6
)
training_packs = st.lists(
    st.builds(
        lambda item, hour: pack(item, (START + timedelta(hours=hour)).isoformat()),
        st.sampled_from(["pack_training_oneoff_5h", "pack_training_recurring_5h"]),
        st.integers(0, 60 * 24),
    ),
    max_size=4,
)


@given(training_packs, policies, training, st.integers(0, 60 * 24))
def test_what_is_granted_of_a_lasting_pack_is_refused_in_no_month(
    packs: list[Any], policies: dict[str, str], uses: list[tuple[int, int, bool]], hour: int
) -> None:
    months = [governed(Period(2025, m), packs=packs, policies=policies) for m in (10, 11, 12)]
    dated = [(START + timedelta(hours=h), Decimal(n), rolled) for n, h, rolled in uses]
    everything = [Use("training_hours", at, units) for at, units, _ in dated]
    used = [Use("training_hours", at, units) for at, units, rolled in dated if rolled]
    at = START + timedelta(hours=hour)
    own = [Month(one, usage_of(one, used)) for one in months if at < one.period.end]
    held = [
        Use(
            "training_hours",
            at if when in own[0].period else Period.of(local_day(when)).start,
            units,
        )
        for when, units, rolled in dated
        if not rolled
    ]
    room = flow_room(own, months[0].edition.meters["training_hours"], held, at)
    assert room is not None
    before = sum(refused(one, everything) for one in months)
    if room > 0:
        more = [*everything, Use("training_hours", at, room)]
        assert sum(refused(one, more) for one in months) == before


@given(packs, uses, hours, hours)
def test_runs_of_uses_leave_what_the_single_ones_leave(
    packs: list[Any], uses: list[tuple[str, int, int, str]], hour: int, edge: int
) -> None:
    own = governed(packs=packs, caps={"mass_sms": 50}, policies=FROM_PURCHASE)
    pool = {key: catalog().meters[key] for key in ("sms", "mass_sms")}
    used = [
        Use(m, START + timedelta(hours=h // 24), Decimal(n)) for m, n, h, _ in uses if m in pool
    ]
    at = START + timedelta(hours=hour // 24)
    lives = [START + timedelta(hours=edge // 24), *(one.life.start for one in grants(own, "sms"))]
    runs = list(in_runs(recorded(used), pool, sorted([*lives, at, at + LAST_INSTANT])))
    assert len(runs) <= len(used)
    rooms = [
        flow_room([Month(own, usage_of(own, one))], own.edition.meters["mass_sms"], [], at)
        for one in (used, runs)
    ]
    assert rooms[0] == rooms[1]


def recorded(uses: list[Use]) -> pl.DataFrame:
    """Uses as entries of a sheet."""
    rows = [
        (
            "2025-10-01/00",
            "acme-main",
            "s",
            str(n).encode(),
            use.meter,
            use.at,
            int(use.quantity),
            0,
        )
        for n, use in enumerate(uses)
    ]
    return pl.DataFrame(rows, schema=NO_ENTRIES.schema, orient="row")


def test_what_is_held_counts_as_used() -> None:
    own = governed(caps={"mass_sms": 50}, packs=[pack("pack_sms_2000")])
    at = START + timedelta(hours=1)

    def room(*held: tuple[str, int]) -> Decimal | None:
        uses = [Use(meter, at, Decimal(units)) for meter, units in held]
        return flow_room([Month(own, usage_of(own, []))], own.edition.meters["mass_sms"], uses, at)

    assert room() == 2150
    assert room(("mass_sms", 150)) == 2000
    assert room(("sms", 1900)) == 250
    assert room(("mass_emails", 9)) == 2150


calls = st.lists(st.tuples(st.sampled_from("0123"), st.integers(1, 200_000), st.booleans()))


@given(calls, st.sampled_from("0123"), policies, st.integers(0, 100_000))
def test_calls_that_are_held_count_as_if_their_users_had_made_them(
    calls: list[tuple[str, int, bool]], user: str, policies: dict[str, str], cap: int
) -> None:
    own = governed(caps={"api_calls": cap}, policies=policies, licences=2)
    terms, at = own.edition.meters["api_calls"], START + timedelta(hours=1)
    uses = [(Use("api_calls", at, Decimal(n), who), is_held) for who, n, is_held in calls]
    everything = usage_of(own, [use for use, _ in uses])
    recorded = usage_of(own, [use for use, is_held in uses if not is_held])
    held = [use for use, is_held in uses if is_held]
    room = flow_room([Month(own, recorded)], terms, held, at, user)
    assert room == flow_room([Month(own, everything)], terms, [], at, user)
