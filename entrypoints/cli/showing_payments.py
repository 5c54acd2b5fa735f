"""Payments for people as tables, for programs as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from entrypoints.bank_files import BankFile
from entrypoints.cli.output import say, table
from invoices.payments.importing import Imported, ImportOutcome
from invoices.payments.matching import REASONS, Proposal

AMOUNTS = ("amount", "allocated", "left")
PLAIN = ("id", "status", "paid_on", "currency", "payer", "payer_tax_id", "title", "reference",
         "source")  # fmt: skip


def payment_json(row: Mapping[str, Any]) -> dict[str, Any]:
    """A payment of the read model for programs."""
    parts = [{**one, "amount": f"{Decimal(one['amount']):.2f}"} for one in row["allocations"]]
    amounts = {name: f"{row[name]:.2f}" for name in AMOUNTS}
    return {**{name: row[name] for name in PLAIN}, **amounts, "allocations": parts}


def show_payments(title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Prints payments of the read model."""
    columns = ("id", "paid on", ">amount", ">left", "", "payer", "title", "for", "found by")
    table(title, columns, (_cells(payment_json(row)) for row in rows))


def _cells(payment: Mapping[str, Any]) -> tuple[Any, ...]:
    parts = payment["allocations"]
    return (
        payment["id"],
        payment["paid_on"],
        payment["amount"],
        "void" if payment["status"] == "voided" else payment["left"],
        payment["currency"],
        payment["payer"],
        payment["title"],
        "\n".join(f"{one['number']}: {one['amount']}" for one in parts),
        "\n".join(one["found_by"] for one in parts),
    )


def hint_sentence(payment: str, hint: Mapping[str, Any]) -> str:
    """What a person can do with the rest of a payment."""
    if hint["fits"]:
        return f"fits {', '.join(hint['fits'])}: `licznik payments match {payment} NUMBER`"
    return REASONS[hint["reason"]]


def import_json(read: BankFile, outcome: ImportOutcome, *, dry_run: bool) -> dict[str, Any]:
    """What an import did, for programs."""
    return {
        "dry_run": dry_run,
        **_counts(read, outcome),
        "allocated": {currency: f"{sum_:.2f}" for currency, sum_ in _sums(outcome).items()},
        "payments": [_imported_json(one) for one in outcome.payments],
    }


def _counts(read: BankFile, outcome: ImportOutcome) -> dict[str, int]:
    recorded, left = len(outcome.recorded), len(outcome.for_a_person)
    return {
        "recorded": recorded,
        "already_recorded": len(outcome.payments) - recorded,
        "matched": recorded - left,
        "for_a_person": left,
        "outgoing": read.outgoing,
        "rejected": len(read.problems) + len(outcome.problems),
    }


def _sums(outcome: ImportOutcome) -> dict[str, Decimal]:
    """How much was put to invoices, by currency."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one, proposal in outcome.recorded:
        sums[one.transfer.received.currency] += proposal.allocated
    return sums


def _imported_json(one: Imported) -> dict[str, Any]:
    received, proposal = one.transfer.received, one.proposal or Proposal()
    return {
        "line": one.transfer.line,
        "id": one.payment,
        "is_new": one.proposal is not None,
        "amount": f"{received.amount:.2f}",
        "currency": received.currency,
        "allocations": [
            {
                "number": share.invoice.number,
                "amount": f"{share.amount:.2f}",
                "found_by": proposal.found_by,
            }
            for share in proposal.shares
        ],
        "reason": proposal.reason,
    }


def show_import(name: str, read: BankFile, outcome: ImportOutcome, *, dry_run: bool) -> None:
    """Prints what an import did, and the payments that are left for a person."""
    title = f"{name}: what would be done" if dry_run else name
    rows = [(key.replace("_", " "), count) for key, count in _counts(read, outcome).items()]
    sums = [(f"put to invoices, {key}", f"{sum_:.2f}") for key, sum_ in _sums(outcome).items()]
    table(title, ("payments", ">"), [*rows, *sums])
    left = [_left(one, proposal) for one, proposal in outcome.for_a_person]
    if left:
        columns = (">line", "id", "paid on", ">left", "", "payer", "title", "why")
        table("For a person", columns, left)
        say("Put them to invoices with `licznik payments match PAYMENT NUMBER`.")


def _left(one: Imported, proposal: Proposal) -> tuple[Any, ...]:
    received = one.transfer.received
    return (
        one.transfer.line,
        one.payment,
        received.paid_on,
        f"{received.amount - proposal.allocated:.2f}",
        received.currency,
        received.payer,
        received.title,
        REASONS[proposal.reason or ""],
    )
