"""Plans side by side: every package of every edition for the same usage, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.catalog.edition import Name
from billing.invoicing import InvoiceLine
from billing.money import Money, total
from billing.plans.cheapest import in_package
from billing.plans.values import Basis, Demand, Excluded, Mix, PricedPlan
from metering.problems import Problem

KINDS = ("subscription", "sla", "addon", "pack", "training", "overage")
"""The kinds of lines that a plan has, in the order in which they are compared."""


@dataclass(frozen=True, slots=True)
class Column:
    """A package of an edition: its cheapest plan, or why it cannot do what is wanted."""

    edition: str
    package: str
    found: Mix | Excluded

    @property
    def priced(self) -> PricedPlan | None:
        """The plan that is shown: the cheapest, or the one that comes nearest."""
        return self.found.priced if isinstance(self.found, Mix) else self.found.nearest

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why the package cannot do what is wanted; nothing where it can."""
        return () if isinstance(self.found, Mix) else self.found.problems


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
    columns = tuple(
        Column(basis.edition, package, in_package(demand, basis, package))
        for basis in bases
        for package in basis.packages or basis.own_edition.packages
    )
    lines = [_lines(own) for own in columns]
    keys = dict.fromkeys(key for one in lines for key in one)
    order = sorted(keys, key=lambda key: KINDS.index(key[0]))
    return Comparison(columns, tuple(_row(key, lines) for key in order))


Lines = dict[tuple[str, str], list[InvoiceLine]]


def _lines(column: Column) -> Lines:
    """What a column charges in all months, by kind and item."""
    found: Lines = {}
    priced = column.priced
    for line in (line for own in priced.invoices for line in own.lines) if priced else ():
        found.setdefault((line.charge.kind, line.charge.item), []).append(line)
    return found


def _row(key: tuple[str, str], columns: Sequence[Lines]) -> Row:
    name = next(own[key][0].name for own in columns if key in own)
    return Row(*key, name, tuple(_cell(own[key]) if key in own else None for own in columns))


def _cell(lines: Sequence[InvoiceLine]) -> Cell:
    nets = [line.charge.net for line in lines]
    indicative = any(line.charge.indicative for line in lines)
    return Cell(total(nets, str(nets[0].currency)), indicative)
