"""Recurring fees: licences, the SLA level, add-ons, by the days of service in the period (R15)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TypeVar

from billing.catalog.edition import Cell
from billing.entitlements import Contract
from billing.orders.terms import Line
from billing.rating.charges import Charged, charge
from metering.calendar import Span

LineT = TypeVar("LineT", bound=Line)


def licence_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for each package's licences."""
    for line in _charged(contract, contract.terms.packages):
        quantity, days = line.licences * _share(contract, line), _days(contract, line)
        price = contract.price("licence", line.package)
        yield charge(contract, "subscription", "licence", quantity, price, "prices.licence", days)


def sla_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for the SLA level; the level that every package includes has none (R40)."""
    for line in _charged(contract, contract.terms.sla):
        item = contract.catalog.sla_levels[line.level].item
        packages = {package.package for package in contract.terms.packages}
        cells = {contract.edition.cell(item, package) for package in packages} if item else set()
        if Cell.INCLUDED not in cells:
            price = contract.price("sla", line.level)
            share, days = _share(contract, line), _days(contract, line)
            yield charge(contract, "sla", "sla", share, price, "prices.sla", days)


def addon_charges(contract: Contract) -> Iterator[Charged]:
    """The fee for each add-on that is charged by time; packs and paid use are charged elsewhere."""
    for line in contract.terms.addons:
        if contract.days_in_period(line) == 0:
            continue
        item = contract.edition.items[line.item]
        if item.by_use or item.same_as is not None:
            continue
        price, where = contract.price("addons", line.item), f"prices.addons.{line.item}"
        quantity, days = line.quantity * _share(contract, line), _days(contract, line)
        yield charge(contract, "addon", line.item, quantity, price, where, days)


def _charged(contract: Contract, lines: Sequence[LineT]) -> list[LineT]:
    """The lines in service in the period; without proration those of its last day stand for all."""
    served = [line for line in lines if contract.days_in_period(line)]
    if contract.policies.proration == "days" or contract.served is None:
        return served
    return contract.terms.on(served, contract.served.end or contract.period.last_day)


def _share(contract: Contract, line: Line) -> Fraction:
    """The part of the period that a line is charged for (policy ``proration``)."""
    if contract.policies.proration == "none":
        return Fraction(1)
    return Fraction(contract.days_in_period(line), contract.period.days)


def _days(contract: Contract, line: Line) -> Span | None:
    span = contract.terms.span(line)
    whole = Span(contract.period.first_day, contract.period.last_day)
    return None if span is None else span.within(whole)
