"""Plans side by side: every package of every edition for the same usage, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.catalog.edition import Name
from billing.money import Money
from billing.plans.values import Basis, Demand, Excluded, Mix


@dataclass(frozen=True, slots=True)
class Column:
    """A package of an edition: its cheapest plan, or why it cannot do what is wanted."""

    edition: str
    package: str
    found: Mix | Excluded


@dataclass(frozen=True, slots=True)
class Cell:
    """What a plan charges for one thing in all months; ``is_indicative`` marks its price."""

    net: Money
    is_indicative: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is charged: a cell for each column, None where it is not charged there."""

    kind: str
    item: str
    name: Name
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The columns in the order of editions and packages, and a row for everything charged.

    A column that cannot do what is wanted shows what its nearest plan would charge.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def side_by_side(demand: Demand, bases: Sequence[Basis]) -> Comparison:
    """Every package of the editions of some bases, each with its cheapest plan."""
    raise NotImplementedError
