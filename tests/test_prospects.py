"""Prospects: what was typed, and the usage that follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from billing.modelling import simulate
from billing.orders.terms import OrderTerms
from billing.prospects.prospect import FIGURES, Calls, Nature, Prospect
from billing.prospects.reading import FIELDS, Field, read_prospect, written
from billing.prospects.scenarios import order_document, scenario_document
from billing.prospects.spreading import (
    demand,
    months_of,
    shares,
    usage_of,
    uses,
    working_days,
)
from entrypoints.scenarios import build_scenario
from metering.calendar import Period, local_day
from tests.builders import CATALOG_FILE, addon, catalog, checked, order, pack

JANUARY = Period(2026, 1)
METERS = catalog().meters
TYPED = {"name": "Nowa Sp. z o.o.", "first": "2026-01", "sessions": "10"}


def prospect(**given_: object) -> Prospect:
    """A prospect of ten people from January 2026 on."""
    return replace(Prospect("Nowa Sp. z o.o.", JANUARY, sessions=10), **given_)  # type: ignore[arg-type]


def amounts(own: Prospect, meter: str) -> list[Decimal]:
    """The demand of a meter, month by month."""
    return [month.amounts.get(meter, Decimal(0)) for month in demand(own, METERS)]


def problems(typed: Mapping[str, str], wanted: tuple[str, ...] = ()) -> dict[str, str]:
    """The codes of what is wrong, by field."""
    return {one.path: one.code for one in read_prospect({**TYPED, **typed}, wanted, catalog())[1]}


def read(typed: Mapping[str, str], wanted: tuple[str, ...] = ()) -> Prospect:
    """A prospect that was typed without a mistake."""
    found, wrong = read_prospect({**TYPED, **typed}, wanted, catalog())
    assert wrong == []
    assert found is not None
    return found


def test_messages_grow_by_a_tenth_a_month() -> None:
    """1000, 1100, 1210: from the first month's amount, not from a rounded one."""
    own = prospect(amounts={"sms": Decimal(1000)}, growth=Decimal(10), months=4)
    assert amounts(own, "sms") == [1000, 1100, 1210, 1331]


def test_growth_is_rounded_once_half_up() -> None:
    """5 × 1.1 = 5.5 makes 6, 5 × 1.21 = 6.05 makes 6."""
    own = prospect(amounts={"sms": Decimal(5)}, growth=Decimal(10), months=3)
    assert amounts(own, "sms") == [5, 6, 6]


def test_christmas_doubles_messages_and_not_records() -> None:
    """A season is about what is used, not about what is held."""
    held = {"sms": Decimal(100), "records": Decimal(500)}
    own = prospect(amounts=held, seasons={12: Decimal(2)})
    assert amounts(own, "sms")[10:] == [100, 200]
    assert amounts(own, "records") == [500] * 12


def test_people_and_queues_do_not_grow_by_themselves() -> None:
    """They are ordered and set up by people."""
    own = prospect(amounts={"queues": Decimal(4)}, growth=Decimal(10))
    assert amounts(own, "queues") == [4] * 12
    assert amounts(own, "sessions") == [10] * 12


def test_surveys_follow_calls() -> None:
    """January 2026 has 20 Business Days: 400 calls a day, every tenth asked, 800 surveys."""
    own = prospect(calls=Calls(per_day=400, surveyed=Decimal(10)), months=1)
    assert amounts(own, "surveys") == [800]


def test_recordings_fill_the_disk_until_they_are_deleted() -> None:
    """20, 20, 22 and 20 Business Days of 100 calls at half a megabyte, kept for three months."""
    calls = Calls(per_day=100, recording_mb=Decimal("0.5"), kept_months=3)
    gigabytes = [own / 10**9 for own in amounts(prospect(calls=calls, months=4), "disk_bytes")]
    assert gigabytes == [Decimal(n) for n in ("1", "2", "3.1", "3.15")]


def test_epiphany_is_no_working_day() -> None:
    """6 January is a public holiday."""
    days = working_days(JANUARY)
    assert len(days) == 20
    assert date(2026, 1, 6) not in days


def test_messages_are_spread_over_working_days() -> None:
    """45 messages over 20 days: two or three a day."""
    own = prospect(amounts={"sms": Decimal(45)}, months=1)
    sent = [use for use in uses(own, METERS) if use.meter == "sms"]
    assert [local_day(use.at) for use in sent] == working_days(JANUARY)
    assert {use.quantity for use in sent} == {2, 3}


def test_users_share_the_calls_of_the_api() -> None:
    """10 calls of three users: three, three and four."""
    own = prospect(amounts={"api_calls": Decimal(10)}, users=3, months=1)
    usage = usage_of(own, METERS, JANUARY, frozenset())
    assert usage.by_user["api_calls"] == {"user1": 3, "user2": 3, "user3": 4}


AMOUNTS = some.dictionaries(
    some.sampled_from([figure.meter for figure in FIGURES]), some.integers(0, 10**6).map(Decimal)
)
PROSPECTS = some.builds(
    Prospect,
    name=some.just("Nowa"),
    first=some.builds(Period, some.integers(2025, 2027), some.integers(7, 12)),
    months=some.integers(1, 14),
    sessions=some.integers(1, 200),
    users=some.integers(1, 40),
    calls=some.builds(
        Calls,
        per_day=some.integers(0, 5000),
        surveyed=some.integers(0, 10000).map(lambda n: Decimal(n).scaleb(-2)),
        recording_mb=some.integers(0, 9000).map(lambda n: Decimal(n).scaleb(-3)),
        kept_months=some.integers(0, 6),
    ),
    amounts=AMOUNTS,
    growth=some.integers(-500, 500).map(lambda n: Decimal(n).scaleb(-1)),
    seasons=some.dictionaries(
        some.integers(1, 12), some.integers(0, 50).map(lambda n: Decimal(n).scaleb(-1))
    ),
)


@settings(max_examples=25)
@given(PROSPECTS)
def test_single_uses_add_up_to_the_demand(own: Prospect) -> None:
    """To the unit, for every meter and month, levels included."""
    for month in demand(own, METERS):
        usage = usage_of(own, METERS, month.period, frozenset())
        peaks = {key: peak.level for key, peak in usage.peaks.items()}
        assert {**usage.totals, **usage.levels} == month.amounts
        assert {key: peaks[key] for key in usage.levels} == usage.levels


@settings(max_examples=25)
@given(PROSPECTS)
def test_amounts_are_whole_where_the_unit_is(own: Prospect) -> None:
    """And never negative."""
    for month in demand(own, METERS):
        for key, amount in month.amounts.items():
            assert amount > 0
            assert amount == round(amount, METERS[key].decimals)


def typed_number(field: Field) -> some.SearchStrategy[str]:
    """A number that a field allows, as it may be typed."""
    least, most = (int(bound.scaleb(field.digits)) for bound in (field.least, field.most))
    return some.integers(least, most).map(lambda n: f"{Decimal(n).scaleb(-field.digits):f}")


@settings(max_examples=25)
@given(some.fixed_dictionaries({name: typed_number(own) for name, own in FIELDS.items()}))
def test_what_is_shown_is_read_again(typed: dict[str, str]) -> None:
    """A form that is shown again changes nothing."""
    own, wrong = read_prospect({**TYPED, **typed}, ("chat",), catalog())
    assert {one.path for one in wrong} <= {"growth"}  # it may make more than can be counted
    if own is not None:
        assert read_prospect(written(own), own.wanted, catalog())[0] == own


@given(some.integers(0, 10**9), some.integers(1, 40))
def test_shares_are_as_even_as_whole_units_can_be(amount: int, parts: int) -> None:
    """They add up, and differ by one at most."""
    own = list(shares(Decimal(amount), parts))
    assert sum(own) == amount
    assert max(own) - min(own) <= 1


@given(some.integers(1, 10**5), some.integers(-50, 50))
def test_growth_is_that_of_the_fraction(amount: int, growth: int) -> None:
    """Checked by multiplying out, month after month, without rounding in between."""
    own = prospect(amounts={"sms": Decimal(amount)}, growth=Decimal(growth), months=6)
    exact = Fraction(amount)
    for found in amounts(own, "sms"):
        assert abs(Fraction(found) - exact) <= Fraction(1, 2)
        exact *= 1 + Fraction(growth, 100)


def test_numbers_are_read_in_both_languages() -> None:
    """Spaces between thousands, a comma or a point before decimals."""
    own = read({"sms": "12 500", "growth": "2,5", "disk_bytes": "1.5"})
    assert own.amounts == {"sms": 12500, "disk_bytes": 1_500_000_000}
    assert own.growth == Decimal("2.5")


def test_an_empty_field_is_nothing() -> None:
    """As many users as sessions, twelve months, no growth."""
    own = read({"sms": "", "users": " "})
    assert (dict(own.amounts), own.users, own.months) == ({}, 10, 12)
    assert own.growth == 0


@pytest.mark.parametrize(
    ("field", "typed", "code"),
    [
        ("sms", "50,000", "not_a_whole_number"),
        ("sms", "50.000", "not_a_whole_number"),
        ("sms", "-5", "not_a_number"),
        ("sms", "1e6", "not_a_number"),
        ("sms", "\uff11\uff12", "not_a_number"),
        ("sms", "2000000000", "out_of_range"),
        ("growth", "51", "out_of_range"),
        ("growth", "1.2345", "too_many_digits"),
        ("sessions", "0", "out_of_range"),
        ("months", "25", "out_of_range"),
        ("first", "2026-13", "not_a_period"),
        ("first", "2024-01", "edition_not_in_force"),
        ("first", "", "not_a_period"),
        ("name", "  ", "missing_field"),
        ("name", "a\nb", "invalid_value"),
        ("sla", "gold", "unknown_value"),
        ("sla", "usercom", "unknown_value"),
    ],
)
def test_an_impossible_figure_is_told_beside_its_field(field: str, typed: str, code: str) -> None:
    """One mistake, one problem."""
    assert problems({field: typed}) == {field: code}


def test_all_mistakes_are_told_at_once() -> None:
    """Not the first one alone."""
    found = problems({"sms": "x", "growth": "99", "name": ""}, wanted=("teleport",))
    expected = {"sms": "not_a_number", "growth": "out_of_range", "name": "missing_field"}
    assert found == expected | {"wanted": "unknown_value"}


def test_growth_beyond_what_can_be_counted_is_told() -> None:
    """100,000 GB, half as much again every month, for two years."""
    assert problems({"disk_bytes": "100000", "growth": "50", "months": "24"}) == {
        "growth": "out_of_range"
    }


def test_every_amount_has_its_field() -> None:
    """The form asks for what the table of figures has."""
    assert {figure.meter for figure in FIGURES} <= FIELDS.keys()
    assert {figure.meter for figure in FIGURES} | {"sessions"} == METERS.keys()
    assert {own.nature for own in FIGURES} == set(Nature)


def test_months_run_over_the_new_year() -> None:
    """Three months from November on."""
    own = prospect(first=Period(2025, 11), months=3)
    assert [str(month) for month in months_of(own)] == ["2025-11", "2025-12", "2026-01"]


WITH_EVERYTHING = order(
    launch_date="2026-01-01",
    end_date="2026-12-31",
    licences=10,
    sla="progres",
    addons=[addon("email_sms_automation"), addon("sip_trunk_byoc", 3, "2026-02-01", "2026-03-31")],
    packs=[
        pack("pack_sms_2000", "2026-01-01 00:00", recurring=True, to="2026-06-30"),
        pack("pack_email_5000", "2026-02-03 12:00", quantity=2),
    ],
    caps={"mass_sms": 10},
    policies={"proration": "none"},
    declares=["mpls_link"],
    prices={"service_work": "200.00"},
)


def terms_of(own: dict[str, Any]) -> OrderTerms:
    """An order as a value."""
    (terms,) = checked(own).terms.values()
    return terms


def test_an_order_is_written_as_it_was_read() -> None:
    """A scenario's order, read, and written again, is the same order."""
    terms = terms_of(WITH_EVERYTHING)
    assert terms_of({**order_document(terms), "account": "acme"}) == terms


def test_the_scenario_bills_what_was_asked_for(tmp_path: Path) -> None:
    """3000 SMS a month, the pack's 2000 and 1000 above it."""
    own = prospect(amounts={"sms": Decimal(3000)}, months=2)
    value = scenario_document(own, [terms_of(WITH_EVERYTHING)], METERS)
    result = simulate(build_scenario(value, tmp_path, CATALOG_FILE))
    sms = [own for own in result.ledgers if own.meter == "sms"]
    assert [int(own.used) for own in sms] == [3000, 3000]
    assert [int(own.overage) for own in sms] == [1000, 1000]
    assert result.problems == ()
