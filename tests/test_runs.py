"""Uses added up in runs are covered as they are one by one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from billing.entitlements import Contract, contract
from billing.rating.rate import rate_period
from billing.rating.runs import in_runs
from metering.calendar import Period
from metering.usage import PeriodUsage, Use
from tests.builders import AUTOMATION, FROM_PURCHASE, Plain, catalog, checked, order, pack

OCTOBER = Period(2025, 10)


class Used(NamedTuple):
    """So much of a meter, so many hours after 1 September."""

    meter: str
    hour: int
    units: int


def governed() -> Contract:
    """Two packs of SMS, for two meters, from their purchase."""
    packs = [pack("pack_sms_2000", "2025-10-05 09:00"), pack("pack_sms_5000", "2025-10-17 12:00")]
    given_: Plain = {"packs": packs, "policies": FROM_PURCHASE, "launch_date": "2025-09-01"}
    orders = checked(order(addons=AUTOMATION, caps={"mass_sms": 300}, **given_))
    (terms,) = orders.terms.values()
    own = contract(terms, catalog(), OCTOBER)
    assert own is not None
    return own


def usage(uses: list[Used]) -> PeriodUsage:
    """The usage of October, with the single uses before it."""
    start = OCTOBER.before().start
    timed = sorted(
        (Use(one.meter, start + timedelta(hours=one.hour), Decimal(one.units)) for one in uses),
        key=lambda use: use.at,
    )
    totals: dict[str, Decimal] = {}
    for use in timed:
        if use.at in OCTOBER:
            totals[use.meter] = totals.get(use.meter, Decimal(0)) + use.quantity
    return PeriodUsage(totals=totals, timed=tuple(timed))


hours = st.integers(30 * 24, 61 * 24)
singles = st.builds(Used, st.sampled_from(["sms", "mass_sms"]), hours, st.integers(1, 900))


@given(st.lists(singles, min_size=1, max_size=60))
def test_ledgers_are_the_same(uses: list[Used]) -> None:
    """To the unit, whatever the order of the two meters' uses."""
    own, together = governed(), usage(uses)
    assert rate_period(own, in_runs(own, together)).ledgers == rate_period(own, together).ledgers


def test_many_uses_become_few() -> None:
    """A thousand messages, before the first pack, in its time and in that of both."""
    uses = [Used("sms", 30 * 24 + n * 7 // 10, 1) for n in range(1000)]
    own = governed()
    assert len(in_runs(own, usage(uses)).timed) == 3
