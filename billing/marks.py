"""Marks: how full the allowances and limits of an order are, and which marks that has reached.

What is here is told from values alone; `invoices.notices.watching` finds the orders to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from billing.entitlements import Contract, cap
from billing.money import rounded
from billing.rating.cover import Covered, cover_levels, cover_usage
from billing.statement import Limit, in_service, limit_of, reach
from metering.meters import Meter
from metering.usage import PeriodUsage


class Measure(StrEnum):
    """What a mark is a part of."""

    ALLOWANCE = "allowance"
    """Allowance and packs; what is beyond them is charged, or costs nothing."""
    LIMIT = "limit"
    """Allowance and packs; what is beyond them is refused."""
    CAP = "cap"
    """The overage that the order allows; what is beyond it is refused."""
    USER = "user"
    """The allowance that each user has, of the user who used the most."""


class MarkKey(NamedTuple):
    """What is reached once in an order's period. Another bound is another chance to reach it."""

    meter: str
    measure: Measure
    mark: int
    bound: Decimal


@dataclass(frozen=True, slots=True)
class Gauge:
    """How full one bound of a meter is.

    ``bound`` is what the order's terms give for the period, ``within`` what of it can serve this
    meter now: less, where another meter has used a pack they share, or a pack has run out.
    """

    meter: Meter
    measure: Measure
    used: Decimal
    bound: Decimal
    within: Decimal

    @property
    def fill(self) -> Decimal:
        """How full it is in percent, to the hundredth, for people; marks go by `has_reached`."""
        return rounded(Fraction(self.used) * 100 / Fraction(self.within))

    def has_reached(self, mark: int) -> bool:
        """Whether so many percent are used, exactly: 99.995 % is not 100 %."""
        return Fraction(self.used) * 100 >= Fraction(self.within) * mark

    def key(self, mark: int) -> MarkKey:
        """What identifies a mark of this bound."""
        return MarkKey(self.meter.key, self.measure, mark, self.bound)


Reached = tuple[int, Gauge]
"""A mark in percent, and the gauge that has reached it."""


def newly_reached(
    gauges: Iterable[Gauge], marks: Callable[[str], Collection[int]], known: Collection[MarkKey]
) -> list[Reached]:
    """Every mark that is reached and was not before; of each gauge the lowest first."""
    return [
        (mark, gauge)
        for gauge in gauges
        for mark in sorted(set(marks(gauge.meter.key)))
        if gauge.has_reached(mark) and gauge.key(mark) not in known
    ]


def gauges(contract: Contract, usage: PeriodUsage, at: datetime) -> Iterator[Gauge]:
    """The gauges of every meter that was used; what packs still give is told as of an instant.

    A level has one for its peak, and one for now where its hard limit is another one by now.
    """
    at = in_service(contract, at)
    for covered in (*cover_usage(contract, usage), *cover_levels(contract, usage, at)):
        kind = limit_of(contract, covered.meter)
        for gauge in (_base(covered, kind, usage, at), _cap(contract, covered, kind)):
            if gauge is not None and gauge.within > 0:
                yield gauge


def _base(covered: Covered, kind: Limit, usage: PeriodUsage, at: datetime) -> Gauge | None:
    """Allowance and packs. Where each user has an allowance, a mean of them would hide the one
    whose calls are charged, so the fullest counts.
    """
    meter, shares = covered.meter.meter, covered.shares
    if shares is not None and shares.of == "user":
        most = max(usage.by_user[meter.key].values(), default=Decimal(0))
        return Gauge(meter, Measure.USER, most, shares.each, shares.each)
    measure = Measure.LIMIT if kind is Limit.HARD else Measure.ALLOWANCE
    given = covered.allowance + covered.granted
    return Gauge(meter, measure, covered.used, given, reach(covered, at))


def _cap(contract: Contract, covered: Covered, kind: Limit) -> Gauge | None:
    allowed = cap(contract, covered.meter) if kind is Limit.CAPPED else None
    if allowed is None:
        return None
    return Gauge(covered.meter.meter, Measure.CAP, covered.cover.beyond, allowed, allowed)
