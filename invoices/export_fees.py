"""Fees for exports that staff made after an account was closed, as lines of an invoice (R126).

An account has no invoice of its own: the fee stands on an invoice of the order that ended last, of
those in the fee's currency, for the month in which the export was asked for. If the customer comes
back before that, an order that goes on carries it; what one order has charged, no other one does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Price
from billing.decisions import Decisions
from billing.entitlements import Contract
from billing.invoicing import EXPORT_FEE
from billing.rating.charges import Charged, charge
from invoices import queries
from invoices.finding import charged, invoices_of


@dataclass(frozen=True, slots=True)
class Fee:
    """The net fee of a request, by the request's id."""

    id: str
    amount: Decimal
    asked_on: date


def fees_of(decisions: Decisions, orders: list[str]) -> dict[str, list[Fee]]:
    """The fees that some orders carry, those that they have invoiced already included."""
    found: defaultdict[str, list[Fee]] = defaultdict(list)
    rows = decisions.rows(queries.EXPORT_FEES, orders)
    others = {own for row in rows for own in row["others"]}
    elsewhere = {own: charged(invoices_of(decisions, own), "fees") for own in others}
    for row in rows:
        if not any(row["id"] in elsewhere[own] for own in row["others"]):
            found[row["order_id"]].append(Fee(row["id"], row["fee"], row["asked_on"]))
    return dict(found)


def fee_charges(contract: Contract, fees: Iterable[Fee]) -> Iterator[Charged]:
    """One line for each fee."""
    for own in fees:
        price = Price(own.amount)
        yield charge(contract, EXPORT_FEE, EXPORT_FEE, Fraction(1), price, EXPORT_FEE)


def named(fee: Fee) -> dict[str, str]:
    """What an invoice keeps of a fee, so that it can be made again."""
    return {"fee": str(fee.amount), "asked_on": str(fee.asked_on)}


def fee_then(request: str, own: Mapping[str, str]) -> Fee:
    """The fee that an invoice names."""
    return Fee(request, Decimal(own["fee"]), date.fromisoformat(own["asked_on"]))
