"""What is due: the open invoices of each account by age, and what customers have paid beyond.

A pure function of invoices, payments and the day it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

AGES = (("not_due", 0), ("days_1_30", 30), ("days_31_60", 60), ("days_61_90", 90))
OLDEST = "over_90"
BUCKETS = (*(name for name, _ in AGES), OLDEST)
"""How long an invoice is overdue: up to so many days; zero is the due day itself and before."""


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An issued invoice, and what of it was paid by the day that is asked for."""

    number: str
    order: str
    account: str
    name: str
    currency: str
    issued_on: date
    due_on: date
    owed: Decimal
    paid: Decimal

    @property
    def open(self) -> Decimal:
        return self.owed - self.paid


@dataclass(frozen=True, slots=True)
class Unallocated:
    """What is left of payments in a currency; no ``account`` if nobody knows whose they are."""

    account: str | None
    name: str
    currency: str
    left: Decimal


@dataclass(slots=True)
class Receivable:
    """What an account owes in a currency, by age, less what it has paid beyond its invoices."""

    account: str | None
    name: str
    currency: str
    ages: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(BUCKETS, Decimal(0)))
    overpaid: Decimal = Decimal(0)
    invoices: list[OpenInvoice] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum(self.ages.values(), Decimal(0)) - self.overpaid


def overdue_days(due_on: date, day: date) -> int:
    """How many days after its due day an invoice is on a day; zero if it is not yet."""
    return max((day - due_on).days, 0)


def age(due_on: date, day: date) -> str:
    """The bucket of an invoice."""
    days = overdue_days(due_on, day)
    return next((name for name, last in AGES if days <= last), OLDEST)


def payment_status(owed: Decimal, paid: Decimal, due_on: date, day: date) -> str:
    """In one word: ``paid``, ``overdue``, ``part_paid`` or ``open``."""
    if paid >= owed:
        return "paid"
    if day > due_on:
        return "overdue"
    return "part_paid" if paid else "open"


def receivables(
    invoices: Iterable[OpenInvoice], payments: Iterable[Unallocated], day: date
) -> list[Receivable]:
    """What each account owes on a day, an entry for each currency.

    An invoice below zero is what we owe the customer, and counts as overpaid.
    """
    found: dict[tuple[str | None, str], Receivable] = {}
    for invoice in invoices:
        own = _of(found, invoice.account, invoice.name, invoice.currency)
        own.invoices.append(invoice)
        if invoice.open < 0:
            own.overpaid -= invoice.open
        else:
            own.ages[age(invoice.due_on, day)] += invoice.open
    for payment in payments:
        own = _of(found, payment.account, payment.name, payment.currency)
        own.overpaid += payment.left
    return sorted(found.values(), key=lambda own: (own.account or "\uffff", own.currency))


def _of(
    found: dict[tuple[str | None, str], Receivable], account: str | None, name: str, currency: str
) -> Receivable:
    return found.setdefault((account, currency), Receivable(account, name, currency))


def totals(found: Iterable[Receivable]) -> list[Receivable]:
    """The sums over all accounts, by currency."""
    sums: dict[str, Receivable] = {}
    for one in found:
        own = sums.setdefault(one.currency, Receivable(None, "", one.currency))
        own.overpaid += one.overpaid
        for name, amount in one.ages.items():
            own.ages[name] += amount
    return sorted(sums.values(), key=lambda own: own.currency)


def account_of(accounts: Iterable[str], tax_id: str, known: Mapping[str, str]) -> str | None:
    """Whose a payment is: that of its invoices, else that of the tax id; None if neither is one."""
    own = set(accounts)
    if own:
        return own.pop() if len(own) == 1 else None
    return known.get(tax_id)
