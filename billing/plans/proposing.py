"""A solver's proposal for the cheapest plan of a package: an integer programme for HiGHS.

A solver computes in floating point, and its programme is a simplified rating: nothing is rounded.
So what it says is a proposal and never a result; the exact rating prices it. It stands beside the
search as a second opinion that shares none of its reasoning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import gcd
from typing import Any

from highspy import Highs, HighsModelStatus

from billing.catalog.edition import Beyond, MeterTerms
from billing.entitlements import Contract, cap
from billing.plans.buying import pack_lines
from billing.plans.covering import is_pooled, kinds_of
from billing.plans.pools import Kind
from billing.plans.pricing import governing, price_plan, terms_of, used_meters
from billing.plans.shopping import Counts
from billing.plans.values import Month, Plan, PricedPlan
from billing.plans.wants import Addons, Wants, amount_of
from metering.meters import MeterKind

MOST_NODES = 500
"""So far the solver branches; then its best so far is the proposal."""
MOST_UNITS = 10**8
"""Of more units of what may be charged the solver is not asked: near 10^9 it may never end."""
PRICE_DIGITS = 8
Expression = Any
"""A linear expression of the solver's variables; whole numbers are expressions, too."""
Supply = list[tuple[int, Expression]]
"""What covers a meter: so many units, so many times."""


def propose(wants: Wants, licences: int) -> PricedPlan | None:
    """What the solver proposes for a package, priced exactly; None where it finds nothing.

    ``licences`` are as many as sessions need; where they share calls, the solver may take more.
    Add-ons are chosen over all months, packs broken up where that helps; then each month has its
    own whole packs.
    """
    charged = [own.meter.key for own in wants.meters if own.beyond is not Beyond.REFUSED]
    if any(wants.most_used(key) > MOST_UNITS for key in charged):
        return None
    first = _Programme(wants, licences, is_whole=len(wants.demand.months) == 1).solved()
    if first is None:
        return None
    if len(wants.demand.months) == 1:
        return price_plan(wants.demand, _plan(wants, [first]), wants.basis)
    months = [
        _Programme(_only(wants, month), first.licences, fixed=first).solved()
        for month in wants.demand.months
    ]
    found = [own for own in months if own is not None]
    if len(found) < len(months):
        return None
    return price_plan(wants.demand, _plan(wants, found), wants.basis)


@dataclass(frozen=True, slots=True)
class _Solution:
    """What the solver orders: ``every`` are packs that renew in all months."""

    licences: int
    addons: dict[str, int]
    packs: Counts
    every: Counts


def _only(wants: Wants, month: Month) -> Wants:
    return replace(wants, demand=replace(wants.demand, months=(month,)))


def _plan(wants: Wants, months: Sequence[_Solution]) -> Plan:
    first, periods = months[0], [month.period for month in wants.demand.months]
    counts = [{**own.packs, **first.every} for own in months]
    addons = tuple(sorted((item, many) for item, many in first.addons.items() if many))
    packs = pack_lines(counts, periods, wants.edition)
    level, licences = wants.demand.level, max(own.licences for own in months)
    return Plan(wants.edition.id, wants.package, licences, level, addons, packs)


@dataclass
class _Programme:
    """What may be ordered, what must be covered, what it costs.

    Where packs are not ``is_whole``, they may be broken up. What is ``fixed`` is no more chosen.
    """

    wants: Wants
    least: int
    is_whole: bool = True
    fixed: _Solution | None = None
    cost: Expression = 0
    solver: Highs = field(default_factory=Highs)
    addons: dict[str, Any] = field(default_factory=dict)
    packs: dict[tuple[str, int], Any] = field(default_factory=dict)
    licences: Any = None

    def solved(self) -> _Solution | None:
        """What the solver finds."""
        options = {"output_flag": False, "mip_max_nodes": MOST_NODES, "threads": 1}
        for name, option in options.items():
            self.solver.setOptionValue(name, option)
        self.licences = self._whole(self.least, self.fixed.licences if self.fixed else None)
        self._pay(self._price("licence", self.wants.package), self.licences, self._months)
        self._order_addons()
        for number, month in enumerate(self.wants.demand.months):
            self._cover(number, month)
        self.solver.minimize(self.cost)
        found = (HighsModelStatus.kOptimal, HighsModelStatus.kSolutionLimit)
        return self._solution() if self.solver.getModelStatus() in found else None

    @property
    def _months(self) -> int:
        return len(self.wants.demand.months)

    def _whole(self, least: int = 0, most: int | None = None) -> Any:
        """A variable of whole numbers."""
        return self.solver.addIntegral(lb=least, ub=self.solver.inf if most is None else most)

    @cached_property
    def _bare(self) -> Contract:
        """The contract of the first month without add-ons: prices are the same."""
        return self._with(())

    @cached_property
    def _governed(self) -> Contract:
        """The contract of the first month with every add-on that could be part of a plan."""
        return self._with(tuple((item, 1) for item in self.addons))

    def _with(self, addons: Addons) -> Contract:
        wants = self.wants
        plan = Plan(wants.edition.id, wants.package, self.least, wants.demand.level, addons)
        terms = terms_of(wants.demand, plan, wants.basis)
        return governing(terms, wants.basis, wants.demand.months[0].period)

    @cached_property
    def _kinds(self) -> dict[str, list[Kind]]:
        """The packs of each pool that may be bought with one add-on or another."""
        pools = dict.fromkeys(own.pool for own in self.wants.meters if own.pool)
        return {pool: kinds_of(self._governed, pool) for pool in pools}

    def _price(self, group: str, key: str) -> Decimal:
        price = self._bare.price(group, key)
        return price.amount if price else Decimal(0)

    def _pay(self, price: Decimal, units: Expression, times: int = 1) -> None:
        """Adds a fee; prices are whole numbers of their smallest parts."""
        self.cost = self.cost + units * (int(price.scaleb(PRICE_DIGITS)) * times)

    def _order_addons(self) -> None:
        """The add-ons that could be part of a plan, with what they need."""
        wants = self.wants
        raising = {own.allowance.plus_each for own in wants.meters if own.allowance}
        possible = {key for one in wants.addon_sets() for key in one}
        for item in sorted(possible | {key for key in raising if key and wants.can_be_bought(key)}):
            least = wants.demand.items.get(item, 0)
            most = None if item in raising else max(least, 1)
            if self.fixed:
                least = most = self.fixed.addons.get(item, 0)
            self.addons[item] = self._whole(least, most)
            self._pay(self._price("addons", item), self.addons[item], self._months)
        for alternatives in wants.requirements(()):
            self._need(alternatives, 1)
        for item, ordered in self.addons.items():
            for alternatives in wants.edition.items[item].needs if item not in raising else ():
                self._need(alternatives, ordered)

    def _need(self, alternatives: Iterable[str], units: Expression) -> None:
        there = self._there(tuple(alternatives))
        if there is not None:
            self.solver.addConstr(there >= units)

    def _there(self, alternatives: tuple[str, ...]) -> Expression | None:
        """How often one of some items is ordered; None where it is there without an order."""
        if self.wants.is_met(alternatives, ()):
            return None
        ways = (way for item in alternatives for way in self.wants.ways(item))
        return self._sum(self.addons[way] for way in ways if way in self.addons)

    def _cover(self, number: int, month: Month) -> None:
        """What a month uses is covered, meter by meter; meters of a pool share its packs."""
        flows: dict[str, list[tuple[Expression, Expression]]] = {}
        for key in self._in_turn(month):
            meter = self.wants.edition.meters[key]
            if meter.meter.by_user and not self._is_by_licence():
                continue
            beyond = list(self._beyond(meter))
            supply = [*self._included(meter), *beyond]
            if is_pooled(meter) and meter.pool and meter.meter.kind is MeterKind.STOCK:
                supply += self._sold(number, meter.pool)
            elif is_pooled(meter) and meter.pool:
                drawn = self.solver.addVariable(lb=0)
                flows.setdefault(meter.pool, []).append((drawn, beyond[0][1] if beyond else 0))
                supply.append((1, drawn))
            self._meet(amount_of(month, key), supply, is_hard=meter.beyond is Beyond.REFUSED)
        for pool, parts in flows.items():
            sold = self._sum(units * many for units, many in self._sold(number, pool))
            self.solver.addConstr(self._sum(drawn for drawn, _ in parts) <= sold)
            self._serve_in_turn(parts)

    def _sum(self, parts: Iterable[Expression]) -> Expression:
        """A sum that is an expression even where all of it is numbers."""
        return sum(parts, self._whole(0, 0))

    def _in_turn(self, month: Month) -> list[str]:
        """The meters of a month; those of a pool in the order in which they are served."""
        turn = [key for own in self.wants.edition.pools.values() for key in own]
        place = {key: n for n, key in enumerate(turn)}
        return sorted(used_meters(month.usage), key=lambda key: (place.get(key, -1), key))

    def _serve_in_turn(self, parts: Sequence[tuple[Expression, Expression]]) -> None:
        """A meter draws on a pool only when nothing of the one before it is left to be charged."""
        for (_, beyond), (drawn, _) in pairwise(parts):
            is_served = self._whole(0, 1)
            self.solver.addConstr(drawn <= is_served * self._most)
            self.solver.addConstr(beyond + is_served * self._most <= self._most)

    @cached_property
    def _most(self) -> int:
        """More than is used of any meter."""
        return max(int(self.wants.most_used(own.meter.key)) for own in self.wants.meters) + 1

    def _is_by_licence(self) -> bool:
        policies = self.wants.edition.policies.overridden(self.wants.basis.policies)
        return policies.api_scope == "licences"

    def _included(self, meter: MeterTerms) -> Iterator[tuple[int, Expression]]:
        """What the package and the add-ons give of a meter."""
        source = meter.allowance
        if source is None:
            return
        if source.licences:
            yield 1, self.licences
        elif source.limit is not None:
            limit = self.wants.edition.limit(source.limit, self.wants.package) * source.units_each
            times = self.licences if meter.meter.by_user else self._given(source.limit)
            yield int(limit), times
        else:
            there = self._there((source.with_item,)) if source.with_item else None
            yield int(source.units), 1 if there is None else there
            if source.plus_each in self.addons:
                yield 1, self.addons[source.plus_each or ""]

    def _given(self, limit: str) -> Expression:
        """Whether a limit is given at all, as far as it needs an add-on."""
        needs = [self._there(one) for one in self.wants.edition.items[limit].needs]
        return next((there for there in needs if there is not None), 1)

    def _beyond(self, meter: MeterTerms) -> Iterator[tuple[int, Expression]]:
        """What is charged beyond allowance and packs, or may be refused."""
        key, governed = meter.meter.key, self._governed
        price = governed.price("overage", key)
        if key in self.wants.demand.may_refuse or meter.beyond is Beyond.FREE:
            yield 1, self.solver.addVariable(lb=0)
            return
        is_own = meter.beyond is not Beyond.CHARGED_IF_PRICED or (price and not price.indicative)
        if meter.beyond is not Beyond.REFUSED and price is not None and is_own:
            most = cap(governed, meter)
            over = self.solver.addVariable(lb=0, ub=self.solver.inf if most is None else int(most))
            self._pay(price.amount, over)
            yield 1, over

    def _sold(self, number: int, pool: str) -> Supply:
        """The packs of a pool in a month; those that always renew are the same in all."""
        found, recurs = [], self.wants.edition.packs
        for kind in self._kinds[pool]:
            is_always = recurs[kind.key].recurs == "always"
            place = (kind.key, 0 if is_always else number)
            if place not in self.packs:
                self.packs[place] = self._pack(kind.key, is_always=is_always)
                self._pay(kind.fee, self.packs[place], self._months if is_always else 1)
                self._let_be_sold(kind.key, self.packs[place])
            found.append((int(kind.units), self.packs[place]))
        return found

    def _pack(self, key: str, *, is_always: bool) -> Any:
        if is_always and self.fixed:
            many = self.fixed.every.get(key, 0)
            return self._whole(many, many)
        packs, pool = self.wants.edition.packs, self.wants.edition.packs[key].pool
        renews = any(packs[kind.key].recurs == "always" for kind in self._kinds[pool])
        return self._whole() if self.is_whole or renews else self.solver.addVariable(lb=0)

    def _let_be_sold(self, key: str, many: Any) -> None:
        """A pack is sold only with the function that it enlarges (R14)."""
        for alternatives in self.wants.edition.items[key].needs:
            there = self._there(alternatives)
            if there is not None:
                self.solver.addConstr(many <= there * self._most)

    def _meet(self, used: Decimal, supply: Supply, *, is_hard: bool) -> None:
        """Supply is at least what is used, counted in whole steps where all of it is."""
        step = gcd(*(units for units, _ in supply)) if is_hard and supply else 1
        wanted = int(-(-Fraction(used) // max(step, 1)))
        covered = self._sum(units // max(step, 1) * many for units, many in supply)
        self.solver.addConstr(covered >= wanted)

    def _solution(self) -> _Solution:
        packs = {key: many for (key, _), many in self.packs.items()}
        every = {key for key in packs if self.wants.edition.packs[key].recurs == "always"}
        values = {key: self._value(many) for key, many in packs.items()}
        return _Solution(
            self._value(self.licences),
            {item: self._value(many) for item, many in self.addons.items()},
            {key: many for key, many in values.items() if key not in every},
            {key: many for key, many in values.items() if key in every},
        )

    def _value(self, variable: Any) -> int:
        value: int = round(self.solver.val(variable))
        return value
