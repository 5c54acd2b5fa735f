"""The cheapest plan for a demand, package by package, with the proof that it is."""

from __future__ import annotations

from billing.plans.values import Basis, Demand, Ranking


def cheapest(demand: Demand, basis: Basis, *, with_neighbours: bool = True) -> Ranking:
    """The cheapest plan of every package of an edition, the cheapest first.

    Ties go to the plan with fewer packs, then in the order of the specification. Without
    ``with_neighbours`` the neighbours of the plans are not priced, and no solver is asked: for
    many questions in a row, whose answers are as exact.
    """
    raise NotImplementedError
