"""Usage that arrived after its period was invoiced: found, rated again, compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import Contract, contract
from billing.orders.terms import OrderTerms
from billing.rating.adjustments import Billed, adjustments
from billing.rating.charges import Charge
from billing.rating.rate import rate_period
from billing.reading import Reader
from invoices.finding import invoices_of, not_annulled
from metering.calendar import Period
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class Late:
    """What earlier periods of an order still owe.

    ``entries`` counts the usage entries up to the end of each period that is billed again,
    ``to_correct`` names the periods whose own invoice must be corrected instead, ``contract`` is
    that of the first.
    """

    charges: tuple[Charge, ...]
    problems: tuple[Problem, ...]
    entries: Mapping[str, int]
    to_correct: tuple[str, ...]
    contract: Contract | None


def late_usage(
    decisions: Decisions,
    reader: Reader,
    catalog: Catalog,
    terms: OrderTerms,
    since: Period,
    before: str | None = None,
) -> Late:
    """Rates every invoiced period of an order from the first that changed.

    Later ones are rated too: the level of a stock meter lives on from period to period. One whose
    invoice was annulled waits for its new one. Only invoices recorded ``before`` one of them count,
    if its id is given.
    """
    issued = invoices_of(decisions, terms.id, before)
    documents = [own.document for own in issued]
    invoiced = [Period.parse(own.document["period"]) for own in not_annulled(issued)]
    changed = [period for period in invoiced if since <= period < reader.period]
    contracts = [own for period in changed if (own := contract(terms, catalog, period))]
    found: list[Charge | Problem] = []
    entries: dict[str, int] = {}
    to_correct: list[str] = []
    for governed in contracts:
        recorded = reader.read(governed)
        ledgers = {own.meter: own for own in rate_period(governed, recorded.usage).ledgers}
        billed = billed_overage(documents, governed.period)
        differences = [one for one in adjustments(governed, ledgers, billed) if one is not None]
        if governed.policies.late_usage == "adjustment":
            found += differences
            entries[str(governed.period)] = recorded.entries
        elif differences:
            to_correct.append(str(governed.period))
    return Late(
        tuple(one for one in found if isinstance(one, Charge)),
        tuple(one for one in found if isinstance(one, Problem)),
        entries,
        tuple(to_correct),
        next(iter(contracts), None),
    )


def billed_overage(documents: Iterable[Mapping[str, Any]], period: Period) -> dict[str, Billed]:
    """The overage of a period that invoices have charged: its own lines, and later adjustments.

    It is adjusted at the price of its own lines, which a correction may have changed.
    """
    lines = [(own["period"], line) for own in documents for line in own["lines"]]
    own = [line for of, line in lines if line["kind"] == "overage" and of == str(period)]
    return _by_item([*(line for _, line in lines if adjusts(line, period)), *own])


def billed_elsewhere(documents: Iterable[Mapping[str, Any]], period: Period) -> dict[str, Billed]:
    """The overage of a period that other invoices have charged as adjustments."""
    lines = (line for own in documents for line in own["lines"])
    found = _by_item([line for line in lines if adjusts(line, period)])
    return {item: own for item, own in found.items() if own.whole}


def _by_item(lines: Iterable[Mapping[str, Any]]) -> dict[str, Billed]:
    """What lines charge for each item, at the last price that anything is charged at."""
    found: dict[str, dict[Decimal, Billed]] = {}
    for line in lines:
        prices, price = found.setdefault(line["item"], {}), Decimal(line["unit_price"])
        prices[price] = _with_line(prices.pop(price, None), line)
    return {item: _at_one_price(list(prices.values())) for item, prices in found.items()}


def _at_one_price(parts: list[Billed]) -> Billed:
    last = next((own for own in reversed(parts) if own.units), parts[-1])
    return replace(last, apart=sum((own.units for own in parts), Decimal(0)) - last.units)


def _with_line(known: Billed | None, line: Mapping[str, Any]) -> Billed:
    units, net = Decimal(line["quantity"]), Decimal(line["net"])
    if known is None:
        return Billed(units, Decimal(line["unit_price"]), net)
    return replace(known, units=known.units + units, net=known.net + net)


def has_ended(terms: OrderTerms, invoiced: Iterable[Period]) -> bool:
    """Whether an order is in service no more after the last of its invoices."""
    return terms.edition_in(max(invoiced).next()) is None


def adjusts(line: Mapping[str, Any], period: Period) -> bool:
    """Whether a line bills late usage of a period."""
    return bool(line["kind"] == "adjustment" and line["days"]["from"][:7] == str(period))
