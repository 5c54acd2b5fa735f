"""What a model's prospect could order, and what it would cost: asked once for each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache

from billing.catalog.edition import Catalog
from billing.orders.terms import Account, OrderTerms
from billing.plans.break_even import LICENCES, BreakEven, break_even
from billing.plans.cheapest import cheapest
from billing.plans.comparing import Column, Comparison, side_by_side
from billing.plans.exposure import LevelExposure, Outage, exposure
from billing.plans.pricing import terms_of
from billing.plans.values import Basis, Demand, Mix, Month
from billing.prospects.prospect import FIGURE_OF, Prospect
from billing.prospects.spreading import demand, months_of, uses
from metering.meters import Meter
from metering.usage import summarise

KEPT = 64
"""So many answers of each kind are remembered."""
OUTAGES = tuple(Outage(Decimal(hours)) for hours in (1, 4, 8, 24))
LEAST_RANGE = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """A prospect on the price list, as a version of a model has it: equal ones are asked once."""

    model: str
    version: int
    prospect: Prospect = field(compare=False)
    catalog: Catalog = field(compare=False)

    @property
    def bases(self) -> list[Basis]:
        """The editions that are in force in the first month, the newest first."""
        first = self.prospect.first.first_day
        account = Account("prospect", self.prospect.name, "PL", None, ())
        editions = sorted(self.catalog.editions.values(), key=lambda own: own.in_force)
        found = [
            Basis(self.catalog, own.id, account=account)
            for own in editions
            if own.in_force <= first
        ]
        return found[::-1]

    def basis(self, edition: str) -> Basis:
        """The basis of one of these editions."""
        return next(own for own in self.bases if own.edition == edition)


def demand_of(prospect: Prospect, catalog: Catalog) -> Demand:
    """What a prospect wants, as plans are found by.

    Single uses are in it where packs do not live as long as a month: there the day decides.
    """
    every, meters, timed = uses(prospect, catalog.meters), catalog.meters, _timed(catalog)
    return Demand(
        months=tuple(
            Month(month, summarise(every, meters, month, timed)) for month in months_of(prospect)
        ),
        licences=prospect.sessions,
        items=dict.fromkeys(prospect.wanted, 1),
        level=prospect.sla,
    )


def _timed(catalog: Catalog) -> frozenset[str]:
    """The meters with packs that live for some days, not for a period."""
    return frozenset(
        key
        for edition in catalog.editions.values()
        for key, terms in edition.meters.items()
        for pack in edition.packs.values()
        if pack.pool == terms.pool and pack.life_days is not None
    )


@lru_cache(KEPT)
def compared(asked: Asked) -> Comparison:
    """Every package of every edition, each with its cheapest plan."""
    return side_by_side(demand_of(asked.prospect, asked.catalog), asked.bases)


def plans(comparison: Comparison) -> list[tuple[Column, Mix]]:
    """The packages that can do what is wanted, the cheapest first."""
    found = [(own, own.found) for own in comparison.columns if isinstance(own.found, Mix)]
    return sorted(found, key=lambda pair: pair[1].net.amount)


def chosen(comparison: Comparison, edition: str, package: str) -> Mix | None:
    """The cheapest plan of a package; None where it cannot do what is wanted."""
    for column, mix in plans(comparison):
        if (column.edition, column.package) == (edition, package):
            return mix
    return None


@lru_cache(KEPT)
def proved(asked: Asked, edition: str, package: str) -> Mix | None:
    """The cheapest plan of a package with its neighbours priced as well."""
    basis = replace(asked.basis(edition), packages=(package,))
    return cheapest(demand_of(asked.prospect, asked.catalog), basis).cheapest


def order_of(asked: Asked, mix: Mix, order: str = "plan") -> OrderTerms:
    """The order that a plan would be."""
    basis = asked.basis(mix.plan.edition)
    return terms_of(demand_of(asked.prospect, asked.catalog), mix.plan, basis, order)


def variables(prospect: Prospect, meters: Mapping[str, Meter]) -> list[str]:
    """What may vary in the search for break-even points: licences, and what is used."""
    used = {key for month in demand(prospect, meters) for key in month.amounts}
    return [LICENCES, *(key for key in FIGURE_OF if key in used)]


@lru_cache(KEPT)
def broken_even(asked: Asked, edition: str, variable: str) -> BreakEven:
    """From which quantity on another package is cheaper, in a month like the first one.

    The quantity goes from nothing to three times what is wanted in the first month or in the last.
    """
    wanted = demand_of(asked.prospect, asked.catalog)
    first = replace(wanted, months=wanted.months[:1])
    least = 1 if variable == LICENCES else 0
    most = max(3 * _most(asked, variable), LEAST_RANGE)
    return break_even(first, asked.basis(edition), variable, (least, most))


def _most(asked: Asked, variable: str) -> int:
    if variable == LICENCES:
        return asked.prospect.sessions
    months = demand(asked.prospect, asked.catalog.meters)
    return int(max(own.amounts.get(variable, 0) for own in (months[0], months[-1])))


@lru_cache(KEPT)
def exposed(asked: Asked, edition: str, package: str) -> tuple[LevelExposure, ...]:
    """What outages in the first month would cost at each service level."""
    mix = chosen(compared(asked), edition, package)
    if mix is None:
        return ()
    wanted = demand_of(asked.prospect, asked.catalog)
    return exposure(wanted, mix.plan, asked.basis(edition), asked.prospect.first, OUTAGES)
