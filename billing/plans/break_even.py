"""Break-even: from which quantity on another package, or another mix, is the cheapest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from billing.catalog.edition import Edition
from billing.money import Money
from billing.plans.cheapest import cheapest
from billing.plans.values import Basis, Demand, Mix, Month, Ranking
from metering.meters import MeterKind
from metering.problems import Problem
from metering.usage import Peak, PeriodUsage

LICENCES = "licences"
"""The name of the number of licences as a variable."""
SESSIONS = "sessions"
POINTS = 24
"""A range is divided into so many parts, unless points are given."""


@dataclass(frozen=True, slots=True)
class Point:
    """A quantity, and what each package's cheapest plan costs there (None: it cannot do it)."""

    quantity: int
    nets: tuple[tuple[str, Money | None], ...]
    winner: str | None


@dataclass(frozen=True, slots=True)
class Crossing:
    """From ``quantity`` on ``after`` is the cheapest, up to the one before it ``before`` was.

    Both sides were priced exactly. They are names of packages, or of whole plans in words where
    plans were asked for; None stands for no plan that does what is wanted.
    """

    quantity: int
    before: str | None
    after: str | None
    net_before: Money | None
    net_after: Money | None


@dataclass(frozen=True, slots=True)
class BreakEven:
    """The points of a chart, in order, and the crossings between them.

    Every crossing is exact; two that lie between the same two points may hide each other.
    """

    variable: str
    points: tuple[Point, ...]
    crossings: tuple[Crossing, ...]


def break_even(
    demand: Demand,
    basis: Basis,
    variable: str,
    between: tuple[int, int],
    points: Sequence[int] = (),
    *,
    of_plans: bool = False,
) -> BreakEven:
    """The cheapest package as a meter's monthly quantity, or the number of licences, varies.

    ``variable`` is a meter or `LICENCES`; a flow's quantity is used in every month, a stock's held.
    Without ``points`` the range is divided evenly. With ``of_plans`` another mix of add-ons and
    packs counts as another plan, too.
    """
    rankings = _Rankings(demand, basis, variable)
    name = plan_words if of_plans else _package
    found = sorted({*between, *(points or _even(*between))})
    crossings = [
        one for start, end in pairwise(found) for one in _crossings(rankings.at, name, start, end)
    ]
    return BreakEven(
        variable,
        tuple(_point(quantity, rankings.at(quantity)) for quantity in found),
        tuple(crossings),
    )


def check_variable(basis: Basis, variable: str, between: tuple[int, int]) -> list[Problem]:
    """What is wrong with a variable and its range."""
    problems = []
    if variable != LICENCES and variable not in basis.own_edition.meters:
        known = ", ".join([LICENCES, *basis.own_edition.meters])
        message = f"there is no {variable} to vary; choose one of {known}"
        problems.append(Problem("unknown_meter", "variable", message))
    if not 0 <= between[0] < between[1]:
        message = f"{between[0]} to {between[1]} is no range: begin with 0 or more, end with more"
        problems.append(Problem("out_of_range", "between", message))
    return problems


@dataclass
class _Rankings:
    """The cheapest plans at each quantity, found once."""

    demand: Demand
    basis: Basis
    variable: str
    _known: dict[int, Ranking] = field(default_factory=dict)

    def at(self, quantity: int) -> Ranking:
        if quantity not in self._known:
            varied = with_quantity(self.demand, self.basis.own_edition, self.variable, quantity)
            self._known[quantity] = cheapest(varied, self.basis, with_neighbours=False)
        return self._known[quantity]


def _even(first: int, last: int) -> Iterator[int]:
    return (first + (last - first) * n // POINTS for n in range(POINTS + 1))


def _package(mix: Mix | None) -> str | None:
    return mix.plan.package if mix else None


def plan_words(mix: Mix | None) -> str | None:
    """A plan in words: its package, licences, add-ons and packs with their numbers."""
    if mix is None:
        return None
    addons = [f"{many} {item}" if many > 1 else item for item, many in mix.plan.addons]
    packs = [f"{line.quantity} {line.item}" for line in mix.plan.packs]
    return " + ".join([f"{mix.plan.package} for {mix.plan.licences}", *addons, *packs])


def _crossings(
    at: Callable[[int], Ranking], name: Callable[[Mix | None], str | None], start: int, end: int
) -> Iterator[Crossing]:
    """Each change of the cheapest from one quantity to another, told to the unit.

    Between two quantities of different winners there are always two neighbours that differ:
    halving finds them, and both are priced.
    """
    while name(at(start).cheapest) != name(at(end).cheapest):
        known, low, high = name(at(start).cheapest), start, end
        while high - low > 1:
            middle = (low + high) // 2
            if name(at(middle).cheapest) == known:
                low = middle
            else:
                high = middle
        before, after = at(low).cheapest, at(high).cheapest
        yield Crossing(
            high,
            name(before),
            name(after),
            before.net if before else None,
            after.net if after else None,
        )
        start = high


def _point(quantity: int, ranking: Ranking) -> Point:
    nets: list[tuple[str, Money | None]] = [(own.plan.package, own.net) for own in ranking.mixes]
    nets += [(own.package, None) for own in ranking.excluded]
    return Point(quantity, tuple(nets), _package(ranking.cheapest))


def with_quantity(demand: Demand, edition: Edition, variable: str, quantity: int) -> Demand:
    """A demand with another quantity of one thing in every month.

    What is counted by user is shared out evenly among the users that there are. Another number of
    licences is another number of concurrent sessions, too.
    """
    if variable == LICENCES:
        demand = replace(demand, licences=quantity)
        if not any(SESSIONS in month.usage.peaks for month in demand.months):
            return demand
    key = SESSIONS if variable == LICENCES else variable
    months = tuple(
        replace(month, usage=_with(month, edition, key, Decimal(quantity)))
        for month in demand.months
    )
    return replace(demand, months=months)


def _with(month: Month, edition: Edition, key: str, quantity: Decimal) -> PeriodUsage:
    usage, meter = month.usage, edition.meters[key].meter
    timed = tuple(use for use in usage.timed if use.meter != key)
    if meter.kind is MeterKind.STOCK:
        peak = usage.peaks.get(key, Peak(quantity, month.period.start))
        peaks = {**usage.peaks, key: replace(peak, level=quantity)}
        return replace(usage, peaks=peaks, timed=timed)
    totals = {**usage.totals, key: quantity}
    if not meter.by_user:
        return replace(usage, totals=totals, timed=timed)
    users = list(usage.by_user.get(key, {})) or ["1"]
    own = dict(zip(users, shares(quantity, len(users)), strict=True))
    return replace(usage, totals=totals, by_user={**usage.by_user, key: own}, timed=timed)


def shares(amount: Decimal, parts: int) -> list[Decimal]:
    """A whole amount in so many whole parts that differ by one at most."""
    each, more = divmod(int(amount), parts)
    return [Decimal(each + (n < more)) for n in range(parts)]
