"""Payments for people as tables, for programs as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from entrypoints.bank_files import BankFile, Outgoing
from entrypoints.cli.output import say, table
from invoices.payments.importing import PaymentImportResult, TransferResult
from invoices.payments.matching import REASONS, Proposal
from metering.calendar import local_day

AMOUNTS = ("amount", "allocated", "left")
PLAIN = ("id", "status", "paid_on", "currency", "payer", "payer_tax_id", "title", "reference",
         "source")  # fmt: skip

MOST_OUTGOING = 20
"""So many lines a person reads through; more of them are for a program."""


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


def import_json(read: BankFile, result: PaymentImportResult, *, dry_run: bool) -> dict[str, Any]:
    """What an import did, for programs."""
    return {
        "dry_run": dry_run,
        **_counts(read, result),
        "allocated": {currency: f"{sum_:.2f}" for currency, sum_ in _sums(result).items()},
        "payments": [_transfer_json(one) for one in result.payments],
        "known_by_content": [_known_json(one) for one in result.known_by_content],
        "outgoing_lines": [{**asdict(one), "amount": f"{one.amount:.2f}"} for one in read.outgoing],
    }


def _counts(read: BankFile, result: PaymentImportResult) -> dict[str, int]:
    recorded, left = len(result.recorded), len(result.for_a_person)
    return {
        "recorded": recorded,
        "already_recorded": len(result.payments) - recorded,
        "matched": recorded - left,
        "for_a_person": left,
        "outgoing": len(read.outgoing),
        "rejected": len(read.problems) + len(result.problems),
    }


def _sums(result: PaymentImportResult) -> dict[str, Decimal]:
    """How much was put to invoices, by currency."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for one, proposal in result.recorded:
        sums[one.transfer.received.currency] += proposal.allocated
    return sums


def _transfer_json(one: TransferResult) -> dict[str, Any]:
    received, proposal = one.transfer.received, one.proposal or Proposal()
    return {
        "line": one.transfer.line,
        "id": one.payment,
        "is_new": one.proposal is not None,
        "amount": f"{received.amount:.2f}",
        "currency": received.currency,
        "allocations": [
            {
                "number": part.invoice.number,
                "amount": f"{part.amount:.2f}",
                "found_by": proposal.found_by,
            }
            for part in proposal.allocations
        ],
        "reason": proposal.reason,
    }


def _known_json(one: TransferResult) -> dict[str, Any]:
    recorded_at = one.recorded_at.isoformat()
    return {"line": one.transfer.line, "payment": one.payment, "recorded_at": recorded_at}


def show_import(name: str, read: BankFile, result: PaymentImportResult, *, dry_run: bool) -> None:
    """Prints what an import did, and each line that a person may want to look at."""
    title = f"{name}: what would be done" if dry_run else name
    rows = [(key.replace("_", " "), count) for key, count in _counts(read, result).items()]
    sums = [(f"put to invoices, {key}", f"{sum_:.2f}") for key, sum_ in _sums(result).items()]
    table(title, ("payments", ">"), [*rows, *sums])
    _show_left(result)
    _show_known(result.known_by_content)
    _show_outgoing(read.outgoing)


def _show_left(result: PaymentImportResult) -> None:
    left = [_left(one, proposal) for one, proposal in result.for_a_person]
    if left:
        columns = (">line", "id", "paid on", ">left", "", "payer", "title", "why")
        table("For a person", columns, left)
        say("Put them to invoices with `licznik payments match PAYMENT NUMBER`.")


def _left(one: TransferResult, proposal: Proposal) -> tuple[Any, ...]:
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


def _show_known(known: Sequence[TransferResult]) -> None:
    """Lists what would be lost if it were not the same as before: the bank gave no reference."""
    if known:
        columns = (">line", "id", "recorded on", "paid on", ">amount", "", "payer", "title")
        table("Recorded already, known by content alone", columns, map(_known, known))
        say(
            "If a payment known by content alone came again, record it: "
            "`licznik payments record NUMBER AMOUNT --on DAY --again`."
        )


def _known(one: TransferResult) -> tuple[Any, ...]:
    received = one.transfer.received
    return (
        one.transfer.line,
        one.payment,
        local_day(one.recorded_at),
        received.paid_on,
        f"{received.amount:.2f}",
        received.currency,
        received.payer,
        received.title,
    )


def _show_outgoing(outgoing: Sequence[Outgoing]) -> None:
    if len(outgoing) > MOST_OUTGOING:
        say(f"{len(outgoing)} lines are outgoing or returned: `--json` lists them.")
    elif outgoing:
        rows = ((one.line, f"{one.amount:.2f}", one.currency, one.title) for one in outgoing)
        table("Outgoing or returned, not recorded", (">line", ">amount", "", "title"), rows)
