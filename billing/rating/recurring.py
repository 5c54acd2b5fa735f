"""Recurring fees: licences, the SLA level, add-ons, by the days of service in the period (R15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from billing.catalog.edition import Cell, Price
from billing.entitlements import Contract
from billing.orders.terms import Line
from billing.rating.charges import Charged, Proration, charge
from metering.calendar import Span


@dataclass(frozen=True, slots=True)
class Fee:
    """A recurring fee: its kind of line, its item, the place of its price, and how many units."""

    kind: str
    item: str
    where: str
    units: int = 1


LineT = TypeVar("LineT", bound=Line)


def licence_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for each package's licences."""
    for line in _charged(contract, contract.terms.packages):
        price = contract.price("licence", line.package)
        fee = Fee("subscription", "licence", "prices.licence", line.licences)
        yield _fee(contract, line, fee, price)


def sla_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for the SLA level; the level that every package includes has none (R40)."""
    for line in _charged(contract, contract.terms.sla):
        item = contract.catalog.sla_levels[line.level].item
        packages = {package.package for package in contract.terms.packages}
        cells = {contract.edition.cell(item, package) for package in packages} if item else set()
        if Cell.INCLUDED not in cells:
            price = contract.price("sla", line.level)
            yield _fee(contract, line, Fee("sla", "sla", "prices.sla"), price)


def addon_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for each add-on that is charged by time; packs and paid use are charged elsewhere."""
    for line in contract.terms.addons:
        if contract.days_in_period(line) == 0:
            continue
        item = contract.edition.items[line.item]
        if item.by_use or item.same_as is not None:
            continue
        price = contract.price("addons", line.item)
        fee = Fee("addon", line.item, f"prices.addons.{line.item}", line.quantity)
        yield _fee(contract, line, fee, price)


def _charged(contract: Contract, lines: Sequence[LineT]) -> list[LineT]:
    """The lines in service in the period; without proration those of its last day stand for all."""
    served = [line for line in lines if contract.days_in_period(line)]
    if contract.policies.proration == "days" or contract.served is None:
        return served
    return contract.terms.on(served, contract.served.end or contract.period.last_day)


def _fee(contract: Contract, line: Line, fee: Fee, price: Price | None) -> Charged:
    """The charge for units of a fee, by the days of service (policy ``proration``)."""
    part, quantity = None, Fraction(fee.units)
    served, of = contract.days_in_period(line), contract.period.days
    if contract.policies.proration == "days" and served < of:
        part, quantity = Proration(fee.units, served, of), Fraction(fee.units * served, of)
    days = _days(contract, line)
    return charge(contract, fee.kind, fee.item, quantity, price, fee.where, days, part)


def _days(contract: Contract, line: Line) -> Span | None:
    span = contract.terms.span(line)
    whole = Span(contract.period.first_day, contract.period.last_day)
    return None if span is None else span.within(whole)
