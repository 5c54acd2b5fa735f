"""What is still to be used of a meter, from the days before: pure, exact, the same each time.

A day is expected to be like the same weekday of the last whole weeks (at most `MOST_WEEKS`, counted
back from yesterday), so that weekends and holidays' weeks count for what they are. Of what flows
that is the mean of these days; of a stock it is the median of its changes, because one import of a
whole base says nothing of its growth.

The range comes from the same weeks, taken whole. A flow may go on as in the week of the least or
the most use: each day is scaled by that week's share of a mean week, so that a day without use
stays one. A stock may go on as in the week that changed least or most: every day differs by a
seventh of that. While fewer than `ENOUGH_WEEKS` are known, the range is at least a half of a mean
week to each side; before the first whole week all days count alike, and the range is from nothing
to twice as much. Before the first whole day nothing is foretold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor
from statistics import median

from metering.calendar import ONE_DAY
from metering.meters import Meter, MeterKind

WEEK = 7
MOST_WEEKS, ENOUGH_WEEKS = 8, 4
WINDOW_DAYS = MOST_WEEKS * WEEK
"""So many days before today are looked at."""

NOTHING = Fraction(0)


class Case(StrEnum):
    """How the rest of a period may come out."""

    LOW = "low"
    EXPECTED = "expected"
    HIGH = "high"


class Knowledge(StrEnum):
    """How much a forecast rests on."""

    NOTHING = "nothing"
    LITTLE = "little"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is still to come of a meter: for each case the units of each day that is left.

    Of a stock meter they are changes of its level. It rests on so many whole ``weeks``.
    """

    meter: Meter
    known: Knowledge
    weeks: int = 0
    days: Mapping[Case, Mapping[date, Decimal]] = field(
        default_factory=lambda: {case: {} for case in Case}
    )

    def to_come(self, case: Case) -> Decimal:
        """All that is still to come."""
        return sum(self.days[case].values(), Decimal(0))

    def peak(self, case: Case, highest: Decimal, level: Decimal) -> tuple[Decimal, date | None]:
        """The highest level of a stock, from the highest so far and that of now.

        With it comes the day on which it will be reached, None if it was reached already.
        """
        reached: date | None = None
        for day, change in self.days[case].items():
            level = max(level + change, Decimal(0))
            if level > highest:
                highest, reached = level, day
        return highest, reached


Changes = Mapping[date, Decimal]
"""What a meter used on each day; of a stock meter by how much its level changed."""

Rates = Mapping[Case, Sequence[Fraction]]
"""What a day is expected to use, by weekday from Monday on."""


def foretell(
    meter: Meter, changes: Changes, since: date, today: date, left: Iterable[date]
) -> Outlook:
    """The outlook of a meter whose days count from ``since`` on, and which has some days ``left``.

    ``today`` is not over: it comes to what such a day comes to, and what it has used is part of it.
    """
    first = max(since, today - WINDOW_DAYS * ONE_DAY)
    past = [
        changes.get(today - n * ONE_DAY, Decimal(0)) for n in range(1, (today - first).days + 1)
    ]
    if not past:
        return Outlook(meter, Knowledge.NOTHING)
    weeks = len(past) // WEEK
    rates = _rates(meter.kind, [Fraction(own) for own in past], today)
    days = {case: _coming(meter, case, rates[case], changes, left) for case in Case}
    enough = weeks >= ENOUGH_WEEKS
    return Outlook(meter, Knowledge.ENOUGH if enough else Knowledge.LITTLE, weeks, days)


def _rates(kind: MeterKind, past: Sequence[Fraction], today: date) -> Rates:
    """The rates by the whole weeks of ``past``, whose days run back from yesterday."""
    weeks = [past[n : n + WEEK] for n in range(0, len(past) - WEEK + 1, WEEK)]
    typical = MIDDLE[kind]
    if not weeks:
        mean = sum(past, NOTHING) / len(past)
        return _spread(kind, [mean] * WEEK, (NOTHING, 2 * mean * WEEK), mean * WEEK)
    by_weekday = [
        typical([week[(today.weekday() - 1 - weekday) % WEEK] for week in weeks])
        for weekday in range(WEEK)
    ]
    sums = [sum(week, NOTHING) for week in weeks]
    middle = typical(sums)
    half = abs(middle) / 2 if len(weeks) < ENOUGH_WEEKS else NOTHING
    bounds = min(*sums, middle - half), max(*sums, middle + half)
    return _spread(kind, by_weekday, bounds, middle)


def _mean(values: Sequence[Fraction]) -> Fraction:
    return sum(values, NOTHING) / len(values)


MIDDLE: Mapping[MeterKind, Callable[[Sequence[Fraction]], Fraction]] = {
    MeterKind.FLOW: _mean,
    MeterKind.STOCK: median,
}
"""What stands for the days of several weeks."""


def _spread(
    kind: MeterKind, days: Sequence[Fraction], bounds: tuple[Fraction, Fraction], week: Fraction
) -> Rates:
    """The days of a typical ``week``, and as they are in weeks of the least and the most use."""
    low, high = min(bounds), max(bounds)
    weeks = {Case.LOW: low, Case.EXPECTED: week, Case.HIGH: high}
    if kind is MeterKind.STOCK:
        return {case: [day + (own - week) / WEEK for day in days] for case, own in weeks.items()}
    return {
        case: [day * own / week if week else day for day in days] for case, own in weeks.items()
    }


def _coming(
    meter: Meter, case: Case, rates: Sequence[Fraction], changes: Changes, left: Iterable[date]
) -> dict[date, Decimal]:
    """The units of each day that is left; their sums are rounded, so that none gets lost."""
    found: dict[date, Decimal] = {}
    exact, given, unit = NOTHING, 0, 10**meter.decimals
    for day in left:
        exact += _rest(rates[day.weekday()], Fraction(changes.get(day, 0)))
        rounded = ROUNDED[case](exact * unit)
        found[day] = Decimal(rounded - given).scaleb(-meter.decimals)
        given = rounded
    return found


def _rest(rate: Fraction, used: Fraction) -> Fraction:
    """What a day still brings; never the opposite of what it is expected to bring."""
    rest = rate - used
    return max(NOTHING, min(rest, rate)) if rate >= 0 else min(NOTHING, max(rest, rate))


ROUNDED: Mapping[Case, Callable[[Fraction], int]] = {
    Case.LOW: floor,
    Case.EXPECTED: lambda exact: floor(exact + Fraction(1, 2)),
    Case.HIGH: ceil,
}
"""To whole units: the range is never narrower than it is exactly."""
