"""What service levels put on an invoice: credits of earlier periods, work on false reports.

A claim that a person confirmed names a percentage; what it comes to is a share of the recurring
fees that the period's invoice bills, less what invoices have given back by now (R94-R96).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import Contract, contract
from billing.money import Money, money
from billing.orders.terms import OrderTerms
from billing.rating.charges import Charge, Charged, charge
from billing.rating.recurring import KINDS
from billing.sla.credits import CREDIT, credit_of
from billing.sla.settling import WORK
from invoices.finding import invoices_of
from invoices.invoice import Invoice
from metering.calendar import Period

Named = dict[str, dict[str, str]]
"""Confirmed claims by their periods with their percentages, and hours of work by their ids."""


@dataclass(frozen=True, slots=True)
class ServiceOwed:
    """Charges for service levels, and the claims and the work that they rest on.

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
    claims: Mapping[Period, Decimal],
    work: Mapping[str, Decimal],
) -> ServiceOwed:
    """What confirmed claims and work that was done come to on the invoice of a period.

    ``issued`` are the invoices and corrections of the order so far. A claim waits until the period
    it is for is invoiced.
    """
    documents = [own.document for own in issued]
    due = dict(_credits(contract, period, documents, claims))
    done = set(_charged_work(issued))
    hours = {key: own for key, own in work.items() if key not in done}
    named = {
        "credits": {str(own): f"{claims[own]}" for own in due},
        "work": {key: str(own) for key, own in hours.items()},
    }
    return ServiceOwed(
        (*_work_charge(contract, hours.values()), *due.values()),
        {name: own for name, own in named.items() if own},
        contract,
    )


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
    given = _sum(line for _, line in lines if _gives_back(line, period))
    whole = money(Fraction(base) * Fraction(percent) / 100, contract.terms.currency)
    return whole + money(given, contract.terms.currency)


def _gives_back(line: Mapping[str, Any], period: Period) -> bool:
    return bool(line["kind"] == CREDIT and line["days"]["from"] == str(period.first_day))


def _sum(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(line["net"]) for line in lines), Decimal(0))


def _charged_work(issued: Sequence[Invoice]) -> Iterator[str]:
    """The work that invoices have charged, those apart that were annulled."""
    annulled = {own.draft.corrects for own in issued if own.draft.annuls}
    for own in issued:
        if own.id not in annulled:
            yield from own.draft.service.get("work", ())


def _work_charge(contract: Contract, hours: Iterable[Decimal]) -> Iterator[Charged]:
    """One line for the accepted hours, at the price of an hour (R116, R117)."""
    together = sum(map(Fraction, hours), Fraction())
    price = contract.price(WORK, WORK)
    yield charge(contract, WORK, WORK, together, price, f"prices.{WORK}")


def service_then(
    decisions: Decisions, catalog: Catalog, terms: OrderTerms, invoice: Invoice
) -> ServiceOwed:
    """What service levels put on an issued invoice, by what it names and what came before it."""
    named, period = invoice.draft.service, Period.parse(invoice.document["period"])
    governed = governing(terms, catalog, period)
    if governed is None or not named:
        return NOTHING
    claims = {Period.parse(own): Decimal(share) for own, share in named.get("credits", {}).items()}
    work = {key: Decimal(hours) for key, hours in named.get("work", {}).items()}
    issued = invoices_of(decisions, terms.id, before=invoice.id)
    return service_owed(governed, period, issued, claims, work)


def governing(terms: OrderTerms, catalog: Catalog, period: Period) -> Contract | None:
    """The contract of a period, after the end of an order that of its last one."""
    last = period if terms.end_date is None else min(period, Period.of(terms.end_date))
    return contract(terms, catalog, last)


def credits_left(
    decisions: Decisions, contract: Contract, issued: Sequence[Invoice]
) -> list[Charge]:
    """What no later invoice of an order that has ended can give back."""
    return []


def services_owed(
    decisions: Decisions, catalog: Catalog, orders: Sequence[OrderTerms], period: Period
) -> dict[str, ServiceOwed]:
    """What service levels put on the invoices of some orders for a period."""
    return {}
