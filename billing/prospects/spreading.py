"""The usage that follows from a prospect: amounts of each month, and single uses on its days.

Amounts are exact: the first month's amount, times growth, times the season, rounded once, half up,
to whole units (or to the digits that the meter's unit has). Single uses stand by a stated rule:

- what is used up is spread over the month's Business Days as evenly as whole units can be, at noon;
- what is counted by user stands as one use of each user, on the month's first Business Day;
- what is held changes at the month's first instant.

Whatever the spreading, a month's uses add up to its amount exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from fractions import Fraction

from billing.calendar import is_business_day
from billing.money import rounded
from billing.prospects.prospect import FIGURE_OF, MB, Nature, Prospect
from metering.calendar import ONE_DAY, WARSAW, Period, periods, start_of
from metering.meters import Meter, MeterKind
from metering.usage import PeriodUsage, Use, summarise

NOON = time(12)
HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class MonthDemand:
    """What is wanted in a month, by meter: units used of a flow, the level held of a stock."""

    period: Period
    amounts: Mapping[str, Decimal]


def months_of(prospect: Prospect) -> list[Period]:
    """The months that are looked at, the first one on."""
    first = prospect.first
    ahead = first.year * 12 + first.month - 1 + prospect.months - 1
    return list(periods(first, Period(ahead // 12, ahead % 12 + 1)))


def demand(prospect: Prospect, meters: Mapping[str, Meter]) -> tuple[MonthDemand, ...]:
    """What each month needs of each meter; meters of which nothing is needed are left out."""
    months = months_of(prospect)
    calls = [_calls(prospect, month, k) for k, month in enumerate(months)]
    return tuple(
        MonthDemand(month, {key: own for key, own in amounts.items() if own})
        for k, month in enumerate(months)
        for amounts in [_amounts(prospect, meters, month, k, calls[: k + 1])]
    )


def _amounts(
    prospect: Prospect, meters: Mapping[str, Meter], month: Period, k: int, calls: list[Fraction]
) -> dict[str, Decimal]:
    exact = {
        key: Fraction(prospect.amounts.get(key, 0)) * _factor(prospect, own.nature, month, k)
        for key, own in FIGURE_OF.items()
    }
    exact["sessions"] = Fraction(prospect.sessions)
    exact["surveys"] += calls[-1] * Fraction(prospect.calls.surveyed) / HUNDRED
    kept = calls[max(0, len(calls) - prospect.calls.kept_months) :]
    exact["disk_bytes"] += sum(kept, Fraction()) * Fraction(prospect.calls.recording_mb * MB)
    return {key: rounded(own, meters[key].decimals) for key, own in exact.items() if key in meters}


def _factor(prospect: Prospect, nature: Nature, month: Period, k: int) -> Fraction:
    grown = (1 + Fraction(prospect.growth) / HUNDRED) ** k
    season = Fraction(prospect.seasons.get(month.month, Decimal(1)))
    return {Nature.MONTHLY: grown * season, Nature.HELD: grown, Nature.FIXED: Fraction(1)}[nature]


def _calls(prospect: Prospect, month: Period, k: int) -> Fraction:
    """The calls of a month: those of a working day, on every Business Day of it."""
    days = len(working_days(month))
    return prospect.calls.per_day * days * _factor(prospect, Nature.MONTHLY, month, k)


def working_days(month: Period) -> list[date]:
    """The Business Days of a month (R97); every month has some."""
    days = (month.first_day + n * ONE_DAY for n in range(month.days))
    return [day for day in days if is_business_day(day)]


def uses(prospect: Prospect, meters: Mapping[str, Meter]) -> list[Use]:
    """Single uses that add up to the demand of each month, in order of time."""
    found: list[Use] = []
    held: Mapping[str, Decimal] = {}
    for month in demand(prospect, meters):
        levels = {k: own for k, own in month.amounts.items() if _is_stock(meters[k])}
        found += _changes(month.period, held, levels)
        for key in month.amounts.keys() - levels.keys():
            found += _spread(month.period, meters[key], month.amounts[key], prospect.users)
        held = levels
    return sorted(found, key=lambda use: (use.at, use.meter, use.user))


def usage_of(
    prospect: Prospect, meters: Mapping[str, Meter], month: Period, timed: frozenset[str]
) -> PeriodUsage:
    """What rating takes for a month; ``timed`` are the meters whose single uses it needs."""
    return summarise(uses(prospect, meters), meters, month, timed)


def _is_stock(meter: Meter) -> bool:
    return meter.kind is MeterKind.STOCK


def _changes(
    month: Period, before: Mapping[str, Decimal], now: Mapping[str, Decimal]
) -> Iterator[Use]:
    for key in sorted(before.keys() | now.keys()):
        change = now.get(key, Decimal(0)) - before.get(key, Decimal(0))
        if change:
            yield Use(key, start_of(month.first_day), change)


def _spread(month: Period, meter: Meter, amount: Decimal, users: int) -> Iterator[Use]:
    days = working_days(month)
    if meter.by_user:
        for n, own in enumerate(shares(amount, max(users, 1), meter.decimals), 1):
            if own:
                yield Use(meter.key, _noon(days[0]), own, f"user{n}")
        return
    for day, own in zip(days, shares(amount, len(days), meter.decimals), strict=True):
        if own:
            yield Use(meter.key, _noon(day), own)


def _noon(day: date) -> datetime:
    return datetime.combine(day, NOON, WARSAW)


def shares(amount: Decimal, parts: int, decimals: int = 0) -> Iterator[Decimal]:
    """An amount in so many parts that differ by one smallest unit at most and add up to it."""
    smallest = int(amount.scaleb(decimals))
    for n in range(parts):
        own = smallest * (n + 1) // parts - smallest * n // parts
        yield Decimal(own).scaleb(-decimals)
