"""Verification of payments: each made again from its events, and what invoices have of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from decimal import Decimal

from billing.decisions import Decisions
from invoices.payments.booking import payment_row
from invoices.payments.payment import PREFIX, Payment, payment_key, replay_payment
from invoices.verifying.comparing import Verification, compare, readable, streams

PAYMENT_ROWS = """
    SELECT id, version, status, paid_on, amount, currency, payer, payer_tax_id, title, reference,
           source, allocated, recorded_at
    FROM payment
"""
ALLOCATION_ROWS = "SELECT payment_id, invoice_id, amount, found_by FROM payment_allocation"
PAID_ROWS = """
    SELECT i.id, i.number, i.paid,
           i.owed - coalesce(sum(c.gross) FILTER (WHERE c.gross < 0), 0) AS owed
    FROM invoice i LEFT JOIN invoice c ON c.corrects = i.id
    GROUP BY i.id
"""
"""What invoices have paid, and owed before corrections gave anything back: it may be paid by then.
"""


def verify_payments(decisions: Decisions, result: Verification) -> None:
    """Compares payments, allocations and what invoices have paid with the events."""
    payments = _payments(decisions, result)
    result.payments = len(payments)
    _verify_allocations(decisions, payments, result)
    _verify_paid(decisions, payments, result)


def _payments(decisions: Decisions, result: Verification) -> list[Payment]:
    """Every payment from its events, its row in the read model compared."""
    rows = {payment_key(row["id"]): row for row in decisions.rows(PAYMENT_ROWS)}
    found: list[Payment] = []
    for key in streams(decisions, PREFIX, rows):
        where = f"payment {key.removeprefix(PREFIX)}"
        with readable(where, result):
            payment = replay_payment(decisions.events.get(key))
            compare(where, payment_row(payment) if payment else None, rows.get(key), result)
            found += [payment] if payment else []
    return found


def _verify_allocations(
    decisions: Decisions, payments: list[Payment], result: Verification
) -> None:
    stored = {
        (row["payment_id"], row["invoice_id"]): {
            "amount": row["amount"],
            "found_by": row["found_by"],
        }
        for row in decisions.rows(ALLOCATION_ROWS)
    }
    made = {
        (payment.id, invoice): asdict(one)
        for payment in payments
        for invoice, one in payment.allocations.items()
    }
    for key in sorted({*made, *stored}):
        payment, invoice = key
        compare(f"payment {payment} for {invoice}", made.get(key), stored.get(key), result)


def _verify_paid(decisions: Decisions, payments: list[Payment], result: Verification) -> None:
    """What invoices have paid is the sum of their parts, and no part is beyond what there was."""
    paid: defaultdict[str, Decimal] = defaultdict(Decimal)
    for payment in payments:
        for invoice, one in payment.allocations.items():
            paid[invoice] += one.amount
        if payment.allocated > payment.received.amount:
            sums = (payment.allocated, payment.received.amount)
            compare(f"payment {payment.id}: allocated and amount", *sums, result)
    for row in decisions.rows(PAID_ROWS):
        made = paid.pop(row["id"], Decimal(0))
        compare(f"invoice {row['number']}.paid", made, row["paid"], result)
        if made > max(row["owed"], Decimal(0)):
            compare(f"invoice {row['number']}: paid and owed", made, row["owed"], result)
    for invoice, amount in sorted(paid.items()):
        compare(f"invoice {invoice}.paid", amount, None, result)
