"""Which invoices a payment is for, as a proposal: a pure function of the payment and invoices.

First the invoice numbers in its title count, else the payer's tax id together with the exact
amount. What is not certain by these rules is for a person, with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from invoices.payments.payment import Received
from invoices.payments.titles import UNCLEAR

BY_NUMBER, BY_AMOUNT, BY_HAND = "number", "amount_and_tax_id", "hand"

REASONS = {
    "nothing_fits": "no invoice number in the title, and no amount that fits the payer",
    "unclear_number": "the number in the title is the end of a longer one",
    "unknown_number": "there is no invoice of the number in the title",
    "other_tax_id": "the payer's tax id is not that of the invoice's buyer",
    "other_currency": "the invoice is in another currency",
    "already_paid": "the invoice in the title is paid",
    "overpaid": "more than is due",
}
"""Why something of a payment is left for a person."""


@dataclass(frozen=True, slots=True)
class Due:
    """An issued invoice and what of it is paid; ``tax_id`` is the buyer's, empty for a consumer."""

    id: str
    number: str
    buyer: str
    tax_id: str
    currency: str
    due_on: date
    owed: Decimal
    paid: Decimal

    @property
    def open(self) -> Decimal:
        return self.owed - self.paid

    def pay(self, amount: Decimal) -> Due:
        """The invoice with so much more paid."""
        return replace(self, paid=self.paid + amount)


@dataclass(frozen=True, slots=True)
class ProposedAllocation:
    """What of a payment an invoice shall have."""

    invoice: Due
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """What invoices shall have of a payment, how they were found, and why something is left."""

    allocations: tuple[ProposedAllocation, ...] = ()
    found_by: str = BY_HAND
    reason: str | None = None

    @property
    def allocated(self) -> Decimal:
        return sum((one.amount for one in self.allocations), Decimal(0))


def plain_tax_id(text: str | None) -> str:
    """A tax id without blanks, signs and the PL before a NIP, so that two can be compared."""
    return re.sub(r"[\W_]", "", text or "").upper().removeprefix("PL")


def propose(payment: Received, numbers: Collection[str], invoices: Iterable[Due]) -> Proposal:
    """Which of some invoices a payment is for; ``numbers`` are those in its title.

    Whatever may concern it must be among the invoices: those of the numbers, paid or not, and the
    open ones of the payer's tax id.
    """
    if not numbers:
        return _by_amount(payment, [one for one in invoices if one.open > 0])
    named = [one for one in invoices if one.number in numbers]
    reason = "unclear_number" if UNCLEAR in numbers else _obstacle(payment, named)
    return Proposal(reason=reason) if reason else _by_number(payment, named)


def _obstacle(payment: Received, named: Sequence[Due]) -> str | None:
    """Why a payment cannot go to the invoices its title names."""
    payer = plain_tax_id(payment.payer_tax_id)
    if not named:
        return "unknown_number"
    if payer and any(one.tax_id and one.tax_id != payer for one in named):
        return "other_tax_id"
    if any(one.currency != payment.currency for one in named):
        return "other_currency"
    return None if any(one.open > 0 for one in named) else "already_paid"


def _by_number(payment: Received, named: Iterable[Due]) -> Proposal:
    """The amount put to invoices in the order of their due days, to each what is due."""
    allocations, left = [], payment.amount
    for invoice in sorted(named, key=lambda one: (one.due_on, one.number)):
        amount = min(left, invoice.open)
        if amount > 0:
            allocations.append(ProposedAllocation(invoice, amount))
            left -= amount
    return Proposal(tuple(allocations), BY_NUMBER, "overpaid" if left else None)


def _by_amount(payment: Received, invoices: Iterable[Due]) -> Proposal:
    """The payer's one invoice of exactly this amount, or all of them if their sum is."""
    payer = plain_tax_id(payment.payer_tax_id)
    own = [one for one in invoices if payer and one.tax_id == payer]
    own = [one for one in own if one.currency == payment.currency]
    exact = [one for one in own if one.open == payment.amount]
    if len(exact) == 1:
        return Proposal((ProposedAllocation(exact[0], payment.amount),), BY_AMOUNT)
    if own and sum(one.open for one in own) == payment.amount:
        first_due = sorted(own, key=lambda one: (one.due_on, one.number))
        return Proposal(tuple(ProposedAllocation(one, one.open) for one in first_due), BY_AMOUNT)
    return Proposal(reason="nothing_fits")
