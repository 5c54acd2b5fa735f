"""What people do with payments, one at a time: record, match, release, void.

Each decision looks at the payment and the invoice as they are, and is saved only if both still are
so; else it looks again. So no number of people or imports at once can pay more than is due.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from itertools import count

from eventsourcing.persistence import IntegrityError

from billing.decisions import Decisions
from invoices.finding import unknown_invoice
from invoices.payments import queries
from invoices.payments.booking import Booking
from invoices.payments.identity import content_id
from invoices.payments.matching import BY_HAND, Due, plain_tax_id
from invoices.payments.payment import Payment, Received, payment_key, replay_payment
from metering.calendar import local_day
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict

ATTEMPTS = 50


def refuse(code: str, path: str, message: str) -> ProblemsFound:
    """A command that cannot be done, for one reason."""
    return ProblemsFound([Problem(code, path, message)])


class PaymentDesk:
    """Where people decide on payments. ``now`` is when they do."""

    def __init__(self, decisions: Decisions, now: datetime) -> None:
        self._decisions = decisions
        self._now = now

    def record(
        self,
        number: str,
        amount: Decimal,
        paid_on: date,
        payer: str | None = None,
        title: str | None = None,
        *,
        again: bool = False,
    ) -> Payment:
        """Records a payment of an invoice; what is more than due stays on the payment.

        Without a ``payer`` it is the buyer. A payment that is recorded already is refused, unless
        it came ``again``.
        """
        if paid_on > local_day(self._now):
            raise refuse("in_future", "on", f"{paid_on} is not yet: give the day it was paid on")
        if amount <= 0:
            raise refuse("nothing_paid", "amount", "a payment is more than zero")

        def decide(booking: Booking) -> Payment:
            invoice = self.due(number)
            received = Received(
                paid_on=paid_on,
                amount=amount,
                currency=invoice.currency,
                payer=payer or invoice.buyer,
                payer_tax_id="" if payer else invoice.tax_id,
                title=title or invoice.number,
                reference="",
                source="hand",
            )
            payment = booking.record(self._new_id(received, again=again), received)
            part = min(amount, invoice.open)
            return booking.allocate(payment, invoice.id, part, BY_HAND) if part > 0 else payment

        return self._decide(decide)

    def match(
        self,
        payment: str,
        number: str,
        amount: Decimal | None = None,
        left: Decimal | None = None,
    ) -> Payment:
        """Puts a payment to an invoice: an amount, or as much as there is and is due.

        With what is ``left`` of it, as somebody was shown it, nothing is done if that has changed:
        so the same word said twice is done once.
        """

        def decide(booking: Booking) -> Payment:
            own, invoice = self.payment(payment), self.due(number)
            if left not in (None, own.left):
                raise changed_meanwhile()
            part = min(own.left, invoice.open) if amount is None else amount
            _check_match(own, invoice, part)
            return booking.allocate(own, invoice.id, part, BY_HAND)

        return self._decide(decide)

    def release(self, payment: str, number: str) -> Payment:
        """Takes back what an invoice has of a payment."""

        def decide(booking: Booking) -> Payment:
            own, invoice = self.payment(payment), self.due(number)
            if invoice.id not in own.allocations:
                message = f"nothing of payment {payment} was put to {invoice.number}"
                raise refuse("not_allocated", "number", message)
            return booking.release(own, invoice.id)

        return self._decide(decide)

    def void(self, payment: str, why: str) -> Payment:
        """Voids a payment that was recorded by mistake, once nothing of it is allocated."""

        def decide(booking: Booking) -> Payment:
            own = self.payment(payment)
            if own.voided is not None:
                raise refuse("already_void", "payment", f"payment {payment} is void already")
            if own.allocations:
                message = f"invoices have parts of payment {payment}: release them first"
                raise refuse("still_allocated", "payment", message)
            if not why.strip():
                raise refuse("no_reason", "why", "say why the payment is void")
            return booking.void(own, why.strip())

        return self._decide(decide)

    def payment(self, payment: str) -> Payment:
        """A payment from its events; raises ProblemsFound where there is none."""
        own = replay_payment(self._decisions.events.get(payment_key(payment)))
        if own is None:
            message = (
                f"there is no payment {payment}: `licznik payments list` shows those there are"
            )
            raise refuse("unknown_payment", "payment", message)
        return own

    def due(self, number: str) -> Due:
        """An issued invoice and what is due of it; raises ProblemsFound where there is none."""
        found = concerned(self._decisions, [number], [])
        if not found:
            raise ProblemsFound([unknown_invoice(number)])
        return found[0]

    def _new_id(self, received: Received, *, again: bool) -> str:
        """The first free id of equal payments; another than the first only if it came again."""
        ids = (content_id(received, before) for before in count())
        own = next(one for one in ids if not self._decisions.rows(queries.PAYMENTS_OF, [one]))
        first = content_id(received, 0)
        if own != first and not again:
            message = (
                f"this payment is recorded already as {first}: "
                "if the same came once more, record it with --again"
            )
            raise refuse("payment_exists", "number", message)
        return own

    def _decide(self, decide: Callable[[Booking], Payment]) -> Payment:
        for _ in range(ATTEMPTS):
            booking = Booking(self._now)
            payment = decide(booking)
            try:
                self._decisions.save(*booking.events, statements=booking.statements)
            except (IntegrityError, SaveConflict):
                continue  # somebody else was first: look again
            return payment
        raise changed_meanwhile()


def changed_meanwhile() -> ProblemsFound:
    """What is said when others are first each time."""
    message = "others change the same payments and invoices all the time: try again"
    return refuse("changed_meanwhile", "payment", message)


def concerned(decisions: Decisions, numbers: list[str], accounts: list[str]) -> list[Due]:
    """The invoices of some numbers, and the open ones of some accounts; first due, first."""
    rows = decisions.rows(queries.CONCERNED, numbers=numbers, accounts=accounts)
    return [Due(**{**row, "tax_id": plain_tax_id(row["tax_id"])}) for row in rows]


def _check_match(payment: Payment, invoice: Due, part: Decimal) -> None:
    """Raises ProblemsFound with every reason against an allocation by hand."""
    own, currency = payment.id, payment.received.currency
    checks = (
        (payment.voided is not None, "already_void", f"payment {own} is void: {payment.voided}"),
        (
            currency != invoice.currency,
            "other_currency",
            f"payment {own} is in {currency}, {invoice.number} in {invoice.currency}",
        ),
        (invoice.open <= 0, "nothing_due", f"nothing is due of {invoice.number}"),
        (payment.left <= 0, "nothing_left", f"nothing is left of payment {own}"),
        (
            part > min(payment.left, invoice.open) > 0,
            "too_much",
            f"{payment.left:.2f} {currency} is left of the payment and {invoice.open:.2f} due of "
            f"{invoice.number}: give no more than the lower of them",
        ),
        (
            part <= 0 < min(payment.left, invoice.open),
            "nothing_paid",
            "give an amount of more than zero",
        ),
    )
    problems = [Problem(code, "payment", message) for wrong, code, message in checks if wrong]
    if problems:
        raise ProblemsFound(problems)
