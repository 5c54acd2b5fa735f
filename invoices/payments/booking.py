"""Booking: the events of payments with the rows they change, to be saved together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from invoices.payments import queries
from invoices.payments.payment import (
    Payment,
    PaymentAllocated,
    PaymentRecorded,
    PaymentReleased,
    PaymentVoided,
    Received,
    evolve,
    payment_key,
)
from metering.store import Statement


@dataclass
class Booking:
    """Changes of payments, collected: each event with the statements of its read models."""

    now: datetime
    events: list[Any] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)

    def record(self, payment: str, received: Received) -> Payment:
        """A payment came in."""
        return self._add(None, PaymentRecorded, payment, **asdict(received))

    def allocate(self, payment: Payment, invoice: str, amount: Decimal, found_by: str) -> Payment:
        """An invoice gets a part of a payment."""
        given = {"invoice": invoice, "amount": amount, "found_by": found_by}
        return self._add(payment, PaymentAllocated, payment.id, **given)

    def release(self, payment: Payment, invoice: str) -> Payment:
        """An invoice gives back what it has of a payment."""
        amount = payment.allocations[invoice].amount
        return self._add(payment, PaymentReleased, payment.id, invoice=invoice, amount=amount)

    def void(self, payment: Payment, why: str) -> Payment:
        """A payment was recorded by mistake."""
        return self._add(payment, PaymentVoided, payment.id, why=why)

    def _add(self, before: Payment | None, kind: type[Any], payment: str, **given: Any) -> Payment:
        event = kind(
            originator_id=payment_key(payment),
            originator_version=before.version + 1 if before else 1,
            recorded_at=self.now,
            **given,
        )
        after = evolve(before, event)
        self.events.append(event)
        self.statements += _ROWS[kind](event, after)
        return after


def payment_row(payment: Payment) -> dict[str, Any]:
    """The read model's row of a payment."""
    return {
        "id": payment.id,
        "version": payment.version,
        "status": payment.status,
        **asdict(payment.received),
        "allocated": payment.allocated,
        "recorded_at": payment.recorded_at,
    }


def _recorded(_: Any, payment: Payment) -> Iterator[Statement]:
    yield Statement(queries.KEEP_PAYMENT, payment_row(payment), changes=1)


def _moved(_: Any, payment: Payment) -> Iterator[Statement]:
    yield Statement(queries.MOVE_PAYMENT, payment_row(payment), changes=1)


def _allocated(event: PaymentAllocated, payment: Payment) -> Iterator[Statement]:
    row = {**_part(event, payment), "found_by": event.found_by}
    yield from _moved(event, payment)
    yield Statement(queries.PAY_INVOICE, row, changes=1)
    yield Statement(queries.KEEP_ALLOCATION, row, changes=1)


def _released(event: PaymentReleased, payment: Payment) -> Iterator[Statement]:
    row = _part(event, payment)
    yield from _moved(event, payment)
    yield Statement(queries.UNPAY_INVOICE, row, changes=1)
    yield Statement(queries.DROP_ALLOCATION, row, changes=1)


def _part(event: PaymentAllocated | PaymentReleased, payment: Payment) -> dict[str, Any]:
    return {
        "id": payment.id,
        "invoice": event.invoice,
        "amount": event.amount,
        "currency": payment.received.currency,
    }


_ROWS: Mapping[type[Any], Callable[[Any, Payment], Iterator[Statement]]] = {
    PaymentRecorded: _recorded,
    PaymentAllocated: _allocated,
    PaymentReleased: _released,
    PaymentVoided: _moved,
}
"""The statements of each kind of event."""
