"""Availability of a service in a billing period, and the credit it earns (R87-R93).

``A`` is the service time of the period, ``C`` that of announced work, ``B`` that in which a
critical function failed and nothing was announced. All three are exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from billing.catalog.document import ServiceHoursForm, SlaLevelForm
from billing.sla.service_time import Stretch, length, served, united, without

HUNDRED = Fraction(100)


@dataclass(frozen=True, slots=True)
class Availability:
    """The times of the formula, as in the contract."""

    service: timedelta
    failed: timedelta
    excluded: timedelta

    @property
    def percent(self) -> Fraction:
        """The availability in percent, exact; 100 where there is nothing to measure (R91)."""
        measured = _microseconds(self.service - self.excluded)
        if measured <= 0:
            return HUNDRED
        return HUNDRED * (measured - _microseconds(self.failed)) / measured

    @property
    def shown(self) -> Decimal:
        """The percentage as it is shown: four decimals, a half rounded up (R92)."""
        return Decimal(floor(self.percent * 10_000 + Fraction(1, 2))).scaleb(-4)


def availability(
    hours: ServiceHoursForm,
    measured: Stretch,
    failures: Iterable[Stretch],
    exclusions: Iterable[Stretch],
) -> Availability:
    """How available a service was, in its service hours alone.

    ``measured`` is the period, or the part of it in which there was service; ``failures`` are those
    of critical functions (R90), ``exclusions`` the work that was announced in time (R89). Time that
    several failures share counts once, and time that is excluded is not failed (R88).
    """
    inside = [own for one in failures if (own := one.within(measured))]
    announced = [own for one in exclusions if (own := one.within(measured))]
    return Availability(
        length(served(hours, measured)),
        _served(hours, without(inside, announced)),
        _served(hours, united(announced)),
    )


def credit_percent(level: SlaLevelForm, availability: Fraction) -> Decimal:
    """The share of the subscription fee that an availability earns back, in percent.

    Of the steps that it is strictly below, only the highest counts (R93); a level without steps
    gives none.
    """
    earned = [step.percent for step in level.credits if availability < Fraction(step.below)]
    return max(earned, default=Decimal(0))


def _served(hours: ServiceHoursForm, stretches: Iterable[Stretch]) -> timedelta:
    return length(own for one in stretches for own in served(hours, one))


def _microseconds(time: timedelta) -> Fraction:
    return Fraction(time // timedelta(microseconds=1))
