"""Recurring fees: licences, the SLA level, add-ons, by the days of service in the period (R15)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TypeVar

from billing.catalog.edition import Cell, Price
from billing.entitlements import Contract
from billing.orders.terms import AddonLine, Line, PackageLine, SlaLine
from billing.rating.charges import Charged, Proration, charge
from metering.calendar import Span

KINDS = frozenset({"subscription", "sla", "addon"})
"""The kinds of charges that recurring fees make: the base of credits and penalties (R96)."""


@dataclass(frozen=True, slots=True)
class Fee:
    """A recurring fee of a line of the order: its kind and item, its units and their price.

    ``where`` is the place of the price in an order.
    """

    line: Line
    kind: str
    item: str
    where: str
    price: Price | None
    units: int = 1


LineT = TypeVar("LineT", bound=Line)


def licence_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for each package's licences."""
    return _charges(contract, _licences(contract, _charged(contract, contract.terms.packages)))


def sla_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for the SLA level; the level that every package includes has none (R40)."""
    return _charges(contract, _levels(contract, _charged(contract, contract.terms.sla)))


def addon_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for each add-on that is charged by time; packs and paid use are charged elsewhere."""
    served = [line for line in contract.terms.addons if contract.days_in_period(line)]
    return _charges(contract, _addons(contract, served))


def recurring_charges(contract: Contract) -> Iterator[Charged]:
    """Every recurring fee: what credits and penalties are a share of (R96)."""
    yield from licence_charges(contract)
    yield from sla_charges(contract)
    yield from addon_charges(contract)


def monthly_fee(contract: Contract, day: date) -> Fraction:
    """The sum of the recurring fees in force on a day, each for a whole month; exact (R118)."""
    terms = contract.terms
    own = [
        *_licences(contract, terms.on(terms.packages, day)),
        *_levels(contract, terms.on(terms.sla, day)),
        *_addons(contract, terms.on(terms.addons, day)),
    ]
    return sum((Fraction(fee.price.amount) * fee.units for fee in own if fee.price), Fraction())


def _licences(contract: Contract, lines: Iterable[PackageLine]) -> Iterator[Fee]:
    for line in lines:
        price = contract.price("licence", line.package)
        yield Fee(line, "subscription", "licence", "prices.licence", price, line.licences)


def _levels(contract: Contract, lines: Iterable[SlaLine]) -> Iterator[Fee]:
    for line in lines:
        item = contract.catalog.sla_levels[line.level].item
        packages = {package.package for package in contract.terms.packages}
        cells = {contract.edition.cell(item, package) for package in packages} if item else set()
        if Cell.INCLUDED not in cells:
            price = contract.price("sla", line.level)
            yield Fee(line, "sla", "sla", "prices.sla", price)


def _addons(contract: Contract, lines: Iterable[AddonLine]) -> Iterator[Fee]:
    for line in lines:
        item = contract.edition.items[line.item]
        if not item.by_use and item.same_as is None:
            price, where = contract.price("addons", line.item), f"prices.addons.{line.item}"
            yield Fee(line, "addon", line.item, where, price, line.quantity)


def _charged(contract: Contract, lines: Sequence[LineT]) -> list[LineT]:
    """The lines in service in the period; without proration those of its last day stand for all."""
    served = [line for line in lines if contract.days_in_period(line)]
    if contract.policies.proration == "days" or contract.served is None:
        return served
    return contract.terms.on(served, contract.served.end or contract.period.last_day)


def _charges(contract: Contract, fees: Iterable[Fee]) -> Iterator[Charged]:
    """The charges for fees, by the days of service (policy ``proration``)."""
    for fee in fees:
        part, quantity = None, Fraction(fee.units)
        served, of = contract.days_in_period(fee.line), contract.period.days
        if contract.policies.proration == "days" and served < of:
            part, quantity = Proration(fee.units, served, of), Fraction(fee.units * served, of)
        days = _days(contract, fee.line)
        yield charge(contract, fee.kind, fee.item, quantity, fee.price, fee.where, days, part)


def _days(contract: Contract, line: Line) -> Span | None:
    span = contract.terms.span(line)
    whole = Span(contract.period.first_day, contract.period.last_day)
    return None if span is None else span.within(whole)
