"""What a running period will come to: its usage so far with what is still to come of each meter.

The result is a period's usage like any other, and is rated like any other: so allowances, packs,
caps and roundings count in a forecast as they will on the invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.entitlements import Contract, timed_meters
from billing.orders.routes import route
from metering.calendar import ONE_DAY, local_day, start_of
from metering.forecast import Case, Outlook
from metering.meters import MeterKind
from metering.usage import Peak, PeriodUsage, Use

NOON = timedelta(hours=12)
CASES = (Case.LOW, Case.EXPECTED, Case.HIGH)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class SoFar:
    """A period's usage up to now, with the outlook of its meters.

    ``users`` says by what weight its users share in what is still to come of a meter.
    """

    contract: Contract
    usage: PeriodUsage
    outlooks: Mapping[str, Outlook]
    now: datetime
    users: Mapping[str, Mapping[str, Decimal]]


def days_left(contract: Contract, meter: str, today: date) -> list[date]:
    """The days from today to the period's last on which a meter may be used."""
    open_ = route(contract.terms, contract.catalog).meters[meter]
    first = max(today, contract.period.first_day)
    count = (contract.period.last_day - first).days + 1
    days = (first + n * ONE_DAY for n in range(count))
    return [
        day for day in days if day in contract.terms.service and open_.is_open(start_of(day) + NOON)
    ]


def foretold(own: SoFar, case: Case) -> PeriodUsage:
    """The usage of the whole period, if the rest of it comes out so."""
    flows = [one for one in own.outlooks.values() if one.meter.kind is MeterKind.FLOW]
    totals = dict(own.usage.totals)
    for one in flows:
        if coming := one.to_come(case):
            totals[one.meter.key] = totals.get(one.meter.key, NOTHING) + coming
    return replace(
        own.usage,
        totals=totals,
        by_user={**own.usage.by_user, **dict(_by_user(own, flows, case))},
        peaks={**own.usage.peaks, **dict(_peaks(own, case))},
        timed=tuple(sorted((*own.usage.timed, *_timed(own, flows, case)), key=lambda use: use.at)),
    )


def _by_user(
    own: SoFar, flows: Iterable[Outlook], case: Case
) -> Iterator[tuple[str, dict[str, Decimal]]]:
    """What is to come is shared out among the users, case upon case: a higher one takes from none.

    Units that cannot be shared are the last user's in the order of weights.
    """
    for one in flows:
        key = one.meter.key
        if not one.meter.by_user or not one.to_come(case):
            continue
        sums, before = dict(own.usage.by_user.get(key, {})), NOTHING
        weights = {user: own for user, own in own.users.get(key, {}).items() if own > 0} or {
            "": Decimal(1)
        }
        for step in CASES[: CASES.index(case) + 1]:
            coming = one.to_come(step)
            for user, units in _shared(coming - before, weights, one.meter.decimals):
                sums[user] = sums.get(user, NOTHING) + units
            before = coming
        yield key, sums


def _shared(
    units: Decimal, weights: Mapping[str, Decimal], decimals: int
) -> Iterator[tuple[str, Decimal]]:
    """Units shared out by weight, in whole smallest units that add up to all of them."""
    whole, left = sum(weights.values(), NOTHING), int(units.scaleb(decimals))
    for user, weight in sorted(weights.items(), key=lambda pair: (pair[1], pair[0])):
        own = int(Fraction(left) * Fraction(weight) / Fraction(whole))
        left, whole = left - own, whole - weight
        yield user, Decimal(own).scaleb(-decimals)


def _peaks(own: SoFar, case: Case) -> Iterator[tuple[str, Peak]]:
    """The peaks that are still to come."""
    for key, one in own.outlooks.items():
        if one.meter.kind is MeterKind.STOCK:
            so_far = own.usage.peaks.get(key)
            highest = so_far.level if so_far else NOTHING
            level, day = one.peak(case, highest, own.usage.levels.get(key, NOTHING))
            if day is not None:
                yield key, Peak(level, _at(own, day))


def _timed(own: SoFar, flows: Iterable[Outlook], case: Case) -> Iterator[Use]:
    """What is to come of the meters whose cover depends on when they are used."""
    wanted = timed_meters(own.contract)
    for one in flows:
        if one.meter.key in wanted:
            for day, units in one.days[case].items():
                if units:
                    yield Use(one.meter.key, _at(own, day), units)


def _at(own: SoFar, day: date) -> datetime:
    """When a day's usage is taken to come: at noon; today's, now."""
    return own.now if day == local_day(own.now) else start_of(day) + NOON
