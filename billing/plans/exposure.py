"""Exposure: what outages would cost the provider at each service level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from billing.entitlements import Contract
from billing.money import Money, money, total
from billing.plans.pricing import ORDER, governing, terms_of
from billing.plans.values import Basis, Demand, Plan
from billing.rating.charges import Charge
from billing.rating.recurring import recurring_charges
from billing.sla.credits import fee_base
from billing.sla.deadlines import nth_business_day
from billing.sla.record import Claim, Failure, Incident, ServiceRecord
from billing.sla.settling import Settlement
from metering.calendar import ONE_DAY, Interval, Period, start_of

MORNING = timedelta(hours=8)
"""When an outage begins: every level is served from then on."""
MICROSECONDS = 3_600_000_000
"""Of an hour."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A scenario: critical functions are down for so many ``hours`` without a break.

    It begins at 8:00 of a month's first Business Day. The incident is critical and the provider's;
    the client reports it at once, and its priority is told at once.
    """

    hours: Decimal


@dataclass(frozen=True, slots=True)
class Loss:
    """What a month costs at a level: ``availability`` in percent as it is shown.

    The credit is that of a claim that a person confirms; the penalty is capped. ``outage`` is the
    scenario, None for recorded incidents.
    """

    period: Period
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
    """What scenarios of a month of a demand would cost at each level that can be ordered.

    Every level is looked at with the plan as it is but for the level.
    """
    return tuple(
        _at_level(governed, [_loss(governed, own) for own in outages])
        for governed in _governed(demand, plan, basis, [period])
    )


def recorded_exposure(
    demand: Demand, plan: Plan, basis: Basis, record: ServiceRecord
) -> tuple[LevelExposure, ...]:
    """What recorded incidents would have cost at each level, over the months of a demand.

    Every month is claimed, and a person confirms it; what the client did not report earns nothing.
    """
    periods = [month.period for month in demand.months]
    own = _of_plan(record, periods)
    return tuple(
        _at_level(governed, _losses(governed, own, periods))
        for governed in _governed(demand, plan, basis, periods)
    )


def levels_to_order(basis: Basis) -> list[str]:
    """The levels that an order may name."""
    return [key for key, own in basis.catalog.sla_levels.items() if own.item is not None]


def _governed(
    demand: Demand, plan: Plan, basis: Basis, periods: Sequence[Period]
) -> Iterable[Contract]:
    """The contract of the first of some months at each level."""
    for level in levels_to_order(basis):
        terms = terms_of(demand, replace(plan, level=level), basis)
        yield governing(terms, basis, periods[0])


def _fees(governed: Contract) -> tuple[Charge, ...]:
    """The recurring fees of a month: what credits and penalties are a share of (R96)."""
    return tuple(one for one in recurring_charges(governed) if isinstance(one, Charge))


def _at_level(governed: Contract, losses: Sequence[Loss]) -> LevelExposure:
    level, currency = governed.terms.sla[0].level, governed.terms.currency
    rules, promised = governed.catalog.sla_rules, governed.catalog.sla_levels[level]
    charges = _fees(governed)
    base, own = fee_base(charges, currency), [one for one in charges if one.kind == "sla"]
    share = Fraction(max((step.percent for step in promised.credits), default=Decimal(0))) / 100
    months = rules.penalty_cap_monthly_fees if promised.penalty else 0
    return LevelExposure(
        level=level,
        fee=total([one.net for one in own], currency),
        is_indicative=any(one.indicative for one in own),
        recurring=base,
        most_credit=money(Fraction(base.amount) * share, currency),
        most_penalty=money(Fraction(base.amount) * months, currency),
        losses=tuple(losses),
    )


def _loss(governed: Contract, outage: Outage) -> Loss:
    record = outage_record(governed.period, outage)
    (loss,) = _losses(governed, record, [governed.period])
    return replace(loss, outage=outage)


def _losses(governed: Contract, record: ServiceRecord, periods: Sequence[Period]) -> list[Loss]:
    """What a record costs, month after month."""
    settlement = Settlement(record, periods[-1].end)
    return [_settled(replace(governed, period=own), settlement) for own in periods]


def _settled(governed: Contract, settlement: Settlement) -> Loss:
    currency = governed.terms.currency
    settled = settlement.settle(governed, _fees(governed))
    credit, nothing = settled.credit, money(Fraction(), currency)
    return Loss(
        period=governed.period,
        outage=None,
        availability=settled.measured[0].availability.shown,
        credit_percent=credit.percent if credit and credit.amount.amount else Decimal(0),
        credit=credit.amount if credit else nothing,
        penalty=total([one.amount for one in settled.penalties], currency),
    )


def outage_record(period: Period, outage: Outage) -> ServiceRecord:
    """What is recorded of a plan's service after an outage."""
    first = nth_business_day(period.first_day - ONE_DAY, 1)
    start = start_of(first) + MORNING
    end = start + timedelta(microseconds=int(Fraction(outage.hours) * MICROSECONDS))
    incident = Incident(
        id="outage",
        orders=(ORDER,),
        priority="critical",
        reported=start,
        reported_by="client",
        qualified=start,
        repaired=end,
        service_unavailable=True,
        down=(Failure(Interval(start, end)),),
    )
    own = (incident,) if outage.hours else ()
    return ServiceRecord(incidents=own, claims=(_claim(period),))


def _of_plan(record: ServiceRecord, periods: Iterable[Period]) -> ServiceRecord:
    """A record as if it were that of a plan's order."""
    return ServiceRecord(
        incidents=tuple(replace(own, orders=(ORDER,)) for own in record.incidents),
        exclusions=tuple(replace(own, orders=(ORDER,)) for own in record.exclusions),
        claims=tuple(_claim(period) for period in periods),
    )


def _claim(period: Period) -> Claim:
    last = period.last_day
    return Claim(ORDER, period, filed=last, decided=last, is_confirmed=True)
