"""Prices a plan: an order of it, rated and billed month after month by the code that bills."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from billing.entitlements import Contract, contract, timed_meters
from billing.invoicing import bill
from billing.orders.checks import check_order
from billing.orders.routes import route
from billing.orders.terms import AddonLine, EditionLine, OrderTerms, PackageLine, SlaLine
from billing.plans.values import Basis, Demand, Month, Plan, PricedMonth, PricedPlan
from billing.rating.rate import rate_period
from metering.calendar import Period
from metering.problems import Problem
from metering.usage import PeriodUsage, Use

ORDER = "plan"
"""The id of a plan's order."""
MIDDLE = timedelta(days=14, hours=12)
"""After so much of a month a use is taken to be whose time is not known."""


def terms_of(demand: Demand, plan: Plan, basis: Basis, order: str = ORDER) -> OrderTerms:
    """The order that a plan would be, launched on the first day of the first month."""
    launch = demand.months[0].period.first_day
    return OrderTerms(
        id=order,
        account=basis.account.id,
        currency=basis.currency,
        launch_date=launch,
        agreed_launch_date=launch,
        editions=(EditionLine(edition=plan.edition),),
        packages=(PackageLine(package=plan.package, licences=plan.licences),),
        sla=(SlaLine(level=plan.level),),
        addons=tuple(AddonLine(item=item, quantity=many) for item, many in plan.addons),
        packs=plan.packs,
        prices=basis.prices,
        caps=basis.caps,
        policies=basis.policies,
        declares=basis.declares,
    )


def price_plan(demand: Demand, plan: Plan, basis: Basis) -> PricedPlan:
    """What a plan costs in every month, as `licznik simulate` would bill it."""
    terms = terms_of(demand, plan, basis)
    problems = [*check_order(terms, basis.catalog), *closed_meters(terms, basis, demand.months)]
    if problems:
        return PricedPlan(plan, (), basis.currency, tuple(problems))
    months = tuple(price_month(terms, basis, demand.months, n) for n in range(len(demand.months)))
    wrong = dict.fromkeys(one for month in months for one in month.problems)
    return PricedPlan(plan, months, basis.currency, tuple(wrong))


def price_month(
    terms: OrderTerms, basis: Basis, months: Sequence[Month], number: int
) -> PricedMonth:
    """A month of an order, the ``number``-th of some, rated and billed."""
    governed = governing(terms, basis, months[number].period)
    rated = rate_period(governed, with_times(governed, months, number))
    invoice, _ = bill(governed, rated, basis.account)
    return PricedMonth(governed.period, invoice, rated.ledgers, rated.problems)


def governing(terms: OrderTerms, basis: Basis, period: Period) -> Contract:
    """The contract of a month in which a plan is in service; indicative prices are used."""
    governed = contract(terms, basis.catalog, period, modelling=True)
    if governed is None:
        raise ValueError(f"the plan is not in service in {period}")
    return governed


def closed_meters(terms: OrderTerms, basis: Basis, months: Iterable[Month]) -> Iterator[Problem]:
    """A problem for each meter that is used while the order has not what it needs (R3)."""
    routes = route(terms, basis.catalog).meters
    told: set[str] = set()
    for month in months:
        for key in used_meters(month.usage):
            if key not in told and (
                key not in routes or not routes[key].is_open(month.period.start)
            ):
                told.add(key)
                yield closed_meter(basis, key)


def closed_meter(basis: Basis, key: str) -> Problem:
    """The problem of a meter that an order may not use."""
    meter = basis.own_edition.meters.get(key)
    if meter is None:
        message = f"edition {basis.edition} has no meter {key}"
        return Problem("unknown_meter", f"usage.{key}", message)
    message = f"{meter.name.en} need {' or '.join(meter.needs)}, which the plan does not have"
    return Problem("not_ordered", f"usage.{key}", message)


def used_meters(usage: PeriodUsage) -> list[str]:
    """The meters of which anything is used in a month."""
    levels = (key for key, peak in usage.peaks.items() if peak.level > 0)
    return list(dict.fromkeys([*(k for k, own in usage.totals.items() if own), *levels]))


def without(usage: PeriodUsage, meters: Iterable[str]) -> PeriodUsage:
    """A month's usage without that of some meters."""
    gone = set(meters)
    return replace(
        usage,
        totals={key: own for key, own in usage.totals.items() if key not in gone},
        by_user={key: own for key, own in usage.by_user.items() if key not in gone},
        peaks={key: own for key, own in usage.peaks.items() if key not in gone},
        levels={key: own for key, own in usage.levels.items() if key not in gone},
        timed=tuple(use for use in usage.timed if use.meter not in gone),
    )


def with_times(governed: Contract, months: Sequence[Month], number: int) -> PeriodUsage:
    """A month's usage with single uses where rating needs them: those known, or stood in for."""
    usage, needed = months[number].usage, timed_meters(governed)
    if not needed:
        return usage
    known = [use for use in usage.timed if use.meter in needed]
    has = {(use.meter, month.period) for use in known for month in months if use.at in month.period}
    made = [
        Use(key, month.period.start + MIDDLE, month.usage.totals[key])
        for month in months[: number + 1]
        for key in needed & month.usage.totals.keys()
        if (key, month.period) not in has
    ]
    return replace(usage, timed=tuple(sorted([*known, *made], key=lambda use: use.at)))
