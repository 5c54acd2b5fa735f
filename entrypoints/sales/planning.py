"""What a model's prospect could order, and what it would cost: asked once for each version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from billing.catalog.edition import Catalog
from billing.orders.terms import Account, OrderTerms
from billing.plans.break_even import LICENCES, BreakEven, break_even
from billing.plans.comparing import Column, Comparison, side_by_side
from billing.plans.exposure import LevelExposure, Outage, exposure
from billing.plans.pricing import terms_of
from billing.plans.values import Basis, Demand, Mix, Month
from billing.prospects.prospect import FIGURE_OF, Prospect
from billing.prospects.spreading import demand, months_of, uses
from metering.meters import Meter, MeterKind
from metering.usage import summarise

KEPT = 64
"""So many answers of each kind are remembered."""
OUTAGES = tuple(Outage(Decimal(hours)) for hours in (1, 4, 8, 24))
POINTS = 17


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
        found = [Basis(self.catalog, own.id, account=account) for own in editions if own.in_force <= first]
        return found[::-1]

    def basis(self, edition: str) -> Basis:
        """The basis of one of these editions."""
        return next(own for own in self.bases if own.edition == edition)


def demand_of(prospect: Prospect, meters: Mapping[str, Meter]) -> Demand:
    """What a prospect wants, as plans are found by; single uses of its days are in it."""
    every = uses(prospect, meters)
    timed = frozenset(
        key for key, own in meters.items() if own.kind is MeterKind.FLOW and not own.by_user
    )
    return Demand(
        months=tuple(
            Month(month, summarise(every, meters, month, timed)) for month in months_of(prospect)
        ),
        licences=prospect.sessions,
        items=dict.fromkeys(prospect.wanted, 1),
        level=prospect.sla,
    )


@lru_cache(KEPT)
def compared(asked: Asked) -> Comparison:
    """Every package of every edition, each with its cheapest plan."""
    return side_by_side(demand_of(asked.prospect, asked.catalog.meters), asked.bases)


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


def order_of(asked: Asked, mix: Mix, order: str = "plan") -> OrderTerms:
    """The order that a plan would be."""
    basis = asked.basis(mix.plan.edition)
    return terms_of(demand_of(asked.prospect, asked.catalog.meters), mix.plan, basis, order)


def variables(prospect: Prospect, meters: Mapping[str, Meter]) -> list[str]:
    """What may vary in the search for break-even points: licences, and what is used."""
    used = {key for month in demand(prospect, meters) for key in month.amounts}
    return [LICENCES, *(key for key in FIGURE_OF if key in used)]


@lru_cache(KEPT)
def broken_even(asked: Asked, edition: str, variable: str) -> BreakEven:
    """From which quantity on another package is cheaper: from nothing to three times as much."""
    wanted = demand_of(asked.prospect, asked.catalog.meters)
    months = demand(asked.prospect, asked.catalog.meters)
    least = 1 if variable == LICENCES else 0
    now = asked.prospect.sessions if variable == LICENCES else months[-1].amounts[variable]
    most = max(3 * int(now), POINTS)
    return break_even(wanted, asked.basis(edition), variable, (least, most))


@lru_cache(KEPT)
def exposed(asked: Asked, edition: str, package: str) -> tuple[LevelExposure, ...]:
    """What outages in the first month would cost at each service level."""
    mix = chosen(compared(asked), edition, package)
    if mix is None:
        return ()
    wanted = demand_of(asked.prospect, asked.catalog.meters)
    return exposure(wanted, mix.plan, asked.basis(edition), asked.prospect.first, OUTAGES)
