"""The neighbours of a plan: all that differ from it in one thing, priced by the exact rating.

They share nothing with the search that found the plan but the rating, so a mistake of that search
shows as a neighbour that does all that is wanted and costs less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from billing.plans.buying import month_counts, pack_lines
from billing.plans.pricing import price_plan, used_meters
from billing.plans.shopping import Counts
from billing.plans.values import Basis, Demand, Plan, PricedPlan
from billing.plans.wants import Wants

MOST = 150
"""So many neighbours are priced at most, each with another step before the same in more months."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How many neighbours were priced, and the cheapest of them that beats the plan."""

    many: int
    better: PricedPlan | None


@dataclass(frozen=True, slots=True)
class _Other:
    """A plan beside another; only one ``month`` of it differs, all where that is None."""

    plan: Plan
    month: int | None = None


def look_around(demand: Demand, priced: PricedPlan, basis: Basis) -> Looked:
    """Prices the neighbours of a plan that does what is wanted."""
    better, many = priced, 0
    for other in _others(demand, priced.plan, basis):
        if many == MOST:
            break
        many += 1
        found = _priced(demand, other, priced, basis)
        if does_it(demand, found) and found.net.amount < better.net.amount:
            better = found
    return Looked(many, None if better is priced else better)


def does_it(demand: Demand, priced: PricedPlan) -> bool:
    """Whether a plan does all that is wanted: it can be had, and refuses nothing."""
    refused = {own.meter for month in priced.months for own in month.refused}
    return not priced.problems and refused <= demand.may_refuse and _has_items(demand, priced.plan)


def _has_items(demand: Demand, plan: Plan) -> bool:
    return plan.licences >= demand.licences and plan.level == demand.level


def _priced(demand: Demand, other: _Other, base: PricedPlan, basis: Basis) -> PricedPlan:
    """A neighbour, priced; months that are the same as in the plan are taken from it.

    Units of packs lapse with the month, so one month is priced with the packs of that month alone.
    """
    if other.month is None:
        return price_plan(demand, other.plan, basis)
    month = demand.months[other.month]
    counts = month_counts(other.plan.packs, [own.period for own in demand.months])[other.month]
    packs = pack_lines([counts], [month.period], basis.own_edition)
    alone = replace(demand, months=(month,))
    found = price_plan(alone, replace(other.plan, packs=packs), basis)
    if found.problems:
        return replace(found, plan=other.plan)
    own = found.months[0]
    months = (*base.months[: other.month], own, *base.months[other.month + 1 :])
    return PricedPlan(other.plan, months, base.currency)


def _others(demand: Demand, plan: Plan, basis: Basis) -> Iterator[_Other]:
    wants = Wants(demand, basis, plan.package)
    yield from (_Other(own) for own in _with_other_addons(wants, plan))
    yield from (_Other(own) for own in _with_other_licences(plan))
    yield from _with_other_packs(demand, plan, basis)


def _with_other_licences(plan: Plan) -> Iterator[Plan]:
    yield replace(plan, licences=plan.licences + 1)
    if plan.licences:
        yield replace(plan, licences=plan.licences - 1)


def _with_other_addons(wants: Wants, plan: Plan) -> Iterator[Plan]:
    """Without one of the add-ons, with one fewer or more, or with another one."""
    ordered = dict(plan.addons)
    others = [key for one in wants.addon_sets() for key in one]
    for item in dict.fromkeys([*ordered, *others]):
        for many in {0, ordered.get(item, 0) - 1, ordered.get(item, 0) + 1}:
            if many >= 0 and many != ordered.get(item, 0) and _is_wanted(wants, item, many):
                addons = {**ordered, item: many}
                yield replace(plan, addons=tuple(sorted((k, n) for k, n in addons.items() if n)))


def _is_wanted(wants: Wants, item: str, many: int) -> bool:
    """Whether so many of an add-on leave nothing out that is wanted itself."""
    stands = wants.edition.items[item].stands_for or item
    least = max(wants.demand.items.get(item, 0), wants.demand.items.get(stands, 0))
    return many >= least


def _with_other_packs(demand: Demand, plan: Plan, basis: Basis) -> Iterator[_Other]:
    """One pack more, one fewer, or one in another's place, in one month or for good."""
    edition, months = basis.own_edition, demand.months
    periods = [month.period for month in months]
    counts = month_counts(plan.packs, periods)
    for pool in _pools(demand, basis):
        keys = [key for key, own in edition.packs.items() if own.pool == pool]
        every = [key for key in keys if edition.packs[key].recurs == "always"]
        lasts = any(edition.packs[key].life_days for key in keys)
        for (added, taken), n in product(_steps(keys), range(len(months))):
            always = added in every or taken in every
            changed = _changed(counts, range(len(months)) if always else (n,), added, taken)
            if changed is not None and not (always and n):
                lines = pack_lines(changed, periods, edition)
                yield _Other(replace(plan, packs=lines), None if lasts or always else n)


def _pools(demand: Demand, basis: Basis) -> list[str]:
    meters = basis.own_edition.meters
    used = (key for month in demand.months for key in used_meters(month.usage))
    return list(dict.fromkeys(pool for key in used if (pool := meters[key].pool)))


def _steps(keys: Sequence[str]) -> Iterator[tuple[str | None, str | None]]:
    yield from ((key, None) for key in keys)
    yield from ((None, key) for key in keys)
    yield from ((more, less) for more in keys for less in keys if more != less)


def _changed(
    counts: Sequence[Counts], where: Iterable[int], added: str | None, taken: str | None
) -> list[Counts] | None:
    """The packs of each month after a step; None where there is nothing to take."""
    changed = [dict(own) for own in counts]
    for n in where:
        if taken is not None:
            if not changed[n].get(taken):
                return None
            changed[n][taken] -= 1
        if added is not None:
            changed[n][added] = changed[n].get(added, 0) + 1
    return changed
