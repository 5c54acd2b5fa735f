"""Break-even: from which quantity on another package, or another mix, is the cheapest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.money import Money
from billing.plans.values import Basis, Demand

LICENCES = "licences"
"""The name of the number of licences as a variable."""


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
    raise NotImplementedError
