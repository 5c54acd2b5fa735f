"""Exposure: what outages would cost the provider at each service level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.money import Money
from billing.plans.values import Basis, Demand, Plan
from billing.sla.record import ServiceRecord
from metering.calendar import Period


@dataclass(frozen=True, slots=True)
class Outage:
    """A scenario: critical functions are down for so many ``hours`` of a month.

    They fall into the hours from 8:00 to 18:00 of its first Business Days, which every level
    serves; the incident is critical, the provider's, and repaired when they are over.
    """

    hours: Decimal


@dataclass(frozen=True, slots=True)
class Loss:
    """What a scenario costs at a level: ``availability`` in percent as it is shown.

    The credit is that of a claim that a person confirms; the penalty is capped.
    """

    outage: Outage | None
    availability: Decimal
    credit_percent: Decimal
    credit: Money
    penalty: Money

    @property
    def whole(self) -> Money:
        """Credit and penalty together."""
        return self.credit + self.penalty


@dataclass(frozen=True, slots=True)
class LevelExposure:
    """A level: its monthly fee, the recurring fees it brings the plan to, and what it may cost.

    ``most_credit`` and ``most_penalty`` are the most of one month.
    """

    level: str
    fee: Money
    is_indicative: bool
    recurring: Money
    most_credit: Money
    most_penalty: Money
    losses: tuple[Loss, ...]


def exposure(
    demand: Demand, plan: Plan, basis: Basis, period: Period, outages: Sequence[Outage]
) -> tuple[LevelExposure, ...]:
    """What scenarios of a month would cost at each level that can be ordered."""
    raise NotImplementedError


def recorded_exposure(
    demand: Demand, plan: Plan, basis: Basis, record: ServiceRecord
) -> tuple[LevelExposure, ...]:
    """What recorded incidents would have cost at each level, over the months of a demand."""
    raise NotImplementedError
