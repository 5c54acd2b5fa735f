"""The cheapest plan for a demand, package by package, with the proof that it is."""

from __future__ import annotations

from dataclasses import replace

from billing.plans.neighbours import does_it, look_around
from billing.plans.pricing import price_plan
from billing.plans.searching import Found, Search
from billing.plans.values import Basis, Demand, Excluded, Mix, PricedPlan, Proof, Ranking
from billing.plans.wants import Wants, obstacles
from metering.problems import Problem


def cheapest(demand: Demand, basis: Basis, *, with_neighbours: bool = True) -> Ranking:
    """The cheapest plan of every package of an edition, the cheapest first.

    Ties go to the plan with fewer packs, then in the order of the specification. The first of them
    is compared with a solver's proposal and with its neighbours, unless ``with_neighbours`` is
    false: for many questions in a row, whose answers are as exact.
    """
    packages = basis.packages or tuple(basis.own_edition.packages)
    found = [in_package(demand, basis, own) for own in packages]
    mixes = sorted((own for own in found if isinstance(own, Mix)), key=_order)
    excluded = tuple(own for own in found if isinstance(own, Excluded))
    if with_neighbours and mixes:
        mixes[0] = compared(demand, basis, mixes[0])
    return Ranking(tuple(sorted(mixes, key=_order)), excluded)


def _order(mix: Mix) -> tuple[object, ...]:
    return mix.net.amount, sum(line.quantity for line in mix.plan.packs)


def in_package(demand: Demand, basis: Basis, package: str) -> Mix | Excluded:
    """The cheapest plan of one package, or why it cannot do what is wanted."""
    wants, problems = obstacles(Wants(demand, basis, package))
    search, found, more = _nearest(wants)
    problems += more
    if found is None or problems:
        priced = price_plan(search.wants.demand, found.plan, basis) if found else None
        return Excluded(basis.edition, package, tuple(dict.fromkeys(problems)), priced)
    proof = Proof(search.is_exact, search.combinations, search.shop.mixes)
    return Mix(_confirmed(demand, found, basis), proof)


def compared(demand: Demand, basis: Basis, mix: Mix) -> Mix:
    """The cheapest plan of a package beside a solver's proposal and all that is next to it.

    An exact search is never beaten; one that had to stop early may be.
    """
    from billing.plans.proposing import propose  # the solver costs every command that imports it

    proposed = propose(Wants(demand, basis, mix.plan.package), mix.plan.licences)
    known = [own for own in (mix.priced, proposed) if own and does_it(demand, own)]
    best = min(known, key=lambda own: own.net.amount)
    looked, many = look_around(demand, best, basis), 0
    while looked.better is not None:
        best, many = looked.better, many + looked.many
        looked = look_around(demand, best, basis)
    if mix.proof.is_exact and best.net < mix.net:
        raise ArithmeticError(f"{best.plan} costs less than the cheapest plan, {mix.plan}")
    own = mix.priced if best.net == mix.net else best
    net = proposed.net if proposed and does_it(demand, proposed) else None
    return Mix(own, replace(mix.proof, neighbours=many + looked.many, proposed=net))


def _nearest(wants: Wants) -> tuple[Search, Found | None, list[Problem]]:
    """The search that finds a plan; what no plan can do is left out of it, and named."""
    problems: list[Problem] = []
    while True:
        search = Search(wants)
        found = search.best()
        failed = search.failed
        if found is not None or failed is None:
            return search, found, problems
        problems += failed.problems
        may_refuse = wants.demand.may_refuse
        if failed.meters <= may_refuse:
            return search, None, problems
        wants = replace(wants, demand=replace(wants.demand, may_refuse=may_refuse | failed.meters))


def _confirmed(demand: Demand, found: Found, basis: Basis) -> PricedPlan:
    """A plan priced by the code that bills; the search must have come to the same."""
    priced = price_plan(demand, found.plan, basis)
    if not does_it(demand, priced) or priced.net.amount != found.cost:
        raise ArithmeticError(f"{found.plan} was found at {found.cost}, and bills {priced}")
    return priced
