"""What stands on an invoice beside usage and fees: credits, work on false reports, exports.

A claim that a person confirmed names a percentage; what it comes to is a share of the recurring
fees that the period's invoice bills, less what invoices have given back by now (R94-R96).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.edition import Catalog, Price
from billing.decisions import Decisions
from billing.entitlements import Contract, contract
from billing.money import Money, money
from billing.orders.terms import OrderTerms
from billing.rating.charges import Charge, Charged, charge
from billing.rating.recurring import KINDS
from billing.sla.credits import CREDIT, credit_of
from billing.sla.recorded.incident import DoneWork
from billing.sla.recorded.reading import Decided, decided_service
from billing.sla.settling import WORK
from invoices import export_fees
from invoices.export_fees import Fee, fee_charges, fee_then, fees_of
from invoices.finding import charged, invoices_of
from invoices.invoice import Invoice
from metering.calendar import Period

Named = dict[str, dict[str, Any]]
"""Confirmed claims by their periods with their percentages, work and requests by their ids."""


@dataclass(frozen=True, slots=True)
class ServiceOwed:
    """Charges for service levels and exports, and the claims, work and requests they rest on.

    ``contract`` is that of the period, or the order's last one.
    """

    charges: tuple[Charged, ...] = ()
    named: Named = field(default_factory=dict)
    contract: Contract | None = None


NOTHING = ServiceOwed()


def service_owed(
    contract: Contract,
    period: Period,
    issued: Sequence[Invoice],
    decided: Decided,
    fees: Sequence[Fee] = (),
) -> ServiceOwed:
    """What confirmed claims, work that was done and fees come to on the invoice of a period.

    ``issued`` are the invoices and corrections of the order so far. A claim waits until the period
    it is for is invoiced, work until the period in which it was done.
    """
    documents = [own.document for own in issued]
    due = dict(_credits(contract, period, documents, decided.credits))
    worked, billed = charged(issued, "work"), charged(issued, "fees")
    work = [own for own in decided.work if own.id not in worked]
    done = [own for own in work if Period.of(own.performed) <= period]
    unpaid = [own for own in fees if own.id not in billed]
    asked = [own for own in unpaid if Period.of(own.asked_on) <= period]
    named: Named = {
        "credits": {str(own): f"{decided.credits[own]}" for own in due},
        "work": {own.id: _named(own) for own in done},
        "fees": {own.id: export_fees.named(own) for own in asked},
    }
    return ServiceOwed(
        (*_work_charges(contract, done), *fee_charges(contract, asked), *due.values()),
        {name: own for name, own in named.items() if own},
        contract,
    )


def _named(work: DoneWork) -> dict[str, str]:
    hours, price = str(work.hours), str(work.price)
    return {"hours": hours, "price": price, "performed": str(work.performed)}


def _credits(
    contract: Contract,
    period: Period,
    documents: Sequence[Mapping[str, Any]],
    claims: Mapping[Period, Decimal],
) -> Iterator[tuple[Period, Charge]]:
    """The credits that are still to be given, the earliest period first."""
    invoiced = {document["period"] for document in documents}
    for own, percent in sorted(claims.items()):
        if own < period and str(own) in invoiced:
            left = still_to_give(contract, own, percent, documents)
            if left.amount > 0:
                yield own, credit_of(own, left)


def still_to_give(
    contract: Contract, period: Period, percent: Decimal, documents: Sequence[Mapping[str, Any]]
) -> Money:
    """A credit of a period, less what documents have given back of it."""
    lines = [(document["period"], line) for document in documents for line in document["lines"]]
    base = _sum(line for own, line in lines if own == str(period) and line["kind"] in KINDS)
    given = _sum(line for _, line in lines if gives_back(line, period))
    whole = money(Fraction(base) * Fraction(percent) / 100, contract.terms.currency)
    return whole + money(given, contract.terms.currency)


def gives_back(line: Mapping[str, Any], period: Period) -> bool:
    return bool(line["kind"] == CREDIT and line["days"]["from"] == str(period.first_day))


def _sum(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(line["net"]) for line in lines), Decimal(0))


def _work_charges(contract: Contract, done: Iterable[DoneWork]) -> Iterator[Charged]:
    """One line for the accepted hours of each price (R116, R117)."""
    hours: defaultdict[Decimal, Fraction] = defaultdict(Fraction)
    for own in done:
        hours[own.price] += Fraction(own.hours)
    for price, together in sorted(hours.items()):
        yield charge(contract, WORK, WORK, together, Price(price), f"prices.{WORK}")


def service_then(
    decisions: Decisions, catalog: Catalog, terms: OrderTerms, invoice: Invoice
) -> ServiceOwed:
    """What service levels put on an issued invoice, by what it names and what came before it."""
    named, period = invoice.draft.service, Period.parse(invoice.document["period"])
    governed = governing(terms, catalog, period)
    if governed is None or not named:
        return NOTHING
    shares = {Period.parse(own): Decimal(share) for own, share in named.get("credits", {}).items()}
    work = [_work(terms.id, key, own) for key, own in named.get("work", {}).items()]
    fees = [fee_then(key, own) for key, own in named.get("fees", {}).items()]
    issued = invoices_of(decisions, terms.id, before=invoice.id)
    return service_owed(governed, period, issued, Decided(shares, work), fees)


def _work(order: str, key: str, named: Mapping[str, str]) -> DoneWork:
    hours, price = Decimal(named["hours"]), Decimal(named["price"])
    return DoneWork(key, order, hours, price, date.fromisoformat(named["performed"]))


def governing(terms: OrderTerms, catalog: Catalog, period: Period) -> Contract | None:
    """The contract of a period, after the end of an order that of its last one."""
    last = period if terms.end_date is None else min(period, Period.of(terms.end_date))
    return contract(terms, catalog, last)


def credits_left(
    decisions: Decisions, contract: Contract, issued: Sequence[Invoice]
) -> list[Charge]:
    """What no later invoice of an order that has ended can give back."""
    order = contract.terms.id
    decided = decided_service(decisions, [order]).get(order, Decided())
    documents = [own.document for own in issued]
    last = max(map(Period.parse, (own["period"] for own in documents)))
    return [own for _, own in _credits(contract, last.next(), documents, decided.credits)]


def services_owed(
    decisions: Decisions, catalog: Catalog, orders: Sequence[OrderTerms], period: Period
) -> dict[str, ServiceOwed]:
    """What service levels put on the invoices of some orders for a period."""
    terms = {own.id: own for own in orders}
    owed: dict[str, ServiceOwed] = {}
    decided = decided_service(decisions, list(terms))
    fees = fees_of(decisions, list(terms))
    for order in {**decided, **fees}:
        governed = governing(terms[order], catalog, period)
        if governed is not None:
            known = decided.get(order, Decided()), fees.get(order, ())
            owed[order] = service_owed(governed, period, invoices_of(decisions, order), *known)
    return owed
