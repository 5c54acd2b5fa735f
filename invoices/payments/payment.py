"""The payment as an event-sourced aggregate: recorded, put to invoices, taken back, voided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.orders.order import Event

PREFIX = "payment/"


@dataclass(frozen=True, slots=True)
class Received:
    """A payment that came in, as a person or a bank tells of it; texts not known are empty.

    ``reference`` is the bank's own mark of it, ``source`` is hand or file.
    """

    paid_on: date
    amount: Decimal
    currency: str
    payer: str
    payer_tax_id: str
    title: str
    reference: str
    source: str


@dataclass(frozen=True, kw_only=True)
class PaymentRecorded(Event):
    """A payment came in."""

    paid_on: date
    amount: Decimal
    currency: str
    payer: str
    payer_tax_id: str
    title: str
    reference: str
    source: str


@dataclass(frozen=True, kw_only=True)
class PaymentAllocated(Event):
    """A part of the payment was put to an invoice; ``found_by`` says how that one was found."""

    invoice: str
    amount: Decimal
    found_by: str


@dataclass(frozen=True, kw_only=True)
class PaymentReleased(Event):
    """A person took back what was put to an invoice."""

    invoice: str
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class PaymentVoided(Event):
    """The payment was recorded by mistake: it stays on record and counts nowhere."""

    why: str


@dataclass(frozen=True, slots=True)
class Allocation:
    """What of a payment an invoice has, and how the last part of it was found."""

    amount: Decimal
    found_by: str


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment as its events have made it. ``allocations`` go by the id of the invoice."""

    id: str
    version: int
    received: Received
    recorded_at: datetime
    allocations: Mapping[str, Allocation] = field(default_factory=dict)
    voided: str | None = None

    @property
    def status(self) -> str:
        return "recorded" if self.voided is None else "voided"

    @property
    def allocated(self) -> Decimal:
        return sum((one.amount for one in self.allocations.values()), Decimal(0))

    @property
    def left(self) -> Decimal:
        """What can still be put to invoices."""
        return Decimal(0) if self.voided is not None else self.received.amount - self.allocated


def payment_key(payment: str) -> str:
    """The name of a payment's stream."""
    return f"{PREFIX}{payment}"


def replay_payment(events: Iterable[Any]) -> Payment | None:
    """The payment that some events make; None if there are none."""
    payment: Payment | None = None
    for event in events:
        payment = evolve(payment, event)
    return payment


def evolve(payment: Payment | None, event: Any) -> Payment:
    """The payment after one more event."""
    if isinstance(event, PaymentRecorded):
        own = event.originator_id.removeprefix(PREFIX)
        return Payment(own, event.originator_version, _received(event), event.recorded_at)
    if payment is None:
        raise ValueError(f"{event.originator_id} begins with {type(event).__name__}")
    payment = replace(payment, version=event.originator_version)
    match event:
        case PaymentAllocated():
            return _with(payment, event.invoice, event.amount, event.found_by)
        case PaymentReleased():
            if event.invoice not in payment.allocations:
                raise ValueError(f"{event.invoice} has nothing of {event.originator_id} to release")
            found_by = payment.allocations[event.invoice].found_by
            return _with(payment, event.invoice, -event.amount, found_by)
        case PaymentVoided():
            return replace(payment, voided=event.why)
    raise ValueError(f"{type(event).__name__} is no event of a payment")


def _received(event: PaymentRecorded) -> Received:
    return Received(
        paid_on=event.paid_on,
        amount=event.amount,
        currency=event.currency,
        payer=event.payer,
        payer_tax_id=event.payer_tax_id,
        title=event.title,
        reference=event.reference,
        source=event.source,
    )


def _with(payment: Payment, invoice: str, amount: Decimal, found_by: str) -> Payment:
    """The payment with so much more for an invoice; what has nothing any more is gone."""
    known = payment.allocations.get(invoice, Allocation(Decimal(0), found_by))
    changed = {**payment.allocations, invoice: Allocation(known.amount + amount, found_by)}
    return replace(payment, allocations={key: one for key, one in changed.items() if one.amount})
