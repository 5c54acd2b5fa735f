"""What the list of documents and the page of one document show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from entrypoints.web.errors import marked
from invoices.fa3.payment import to_pay
from invoices.invoice import CORRECTION, INVOICE, NOTE
from invoices.ksef.submission import ACCEPTED, REJECTED, SENT, WAITING
from invoices.language import Language
from invoices.payments.receivables import overdue_days
from invoices.pdf.correction_rows import pairs
from invoices.pdf.note_rows import note_rows, settlement
from invoices.showing.dossier import (
    CORRECTED_BY,
    CORRECTS,
    DEDUCTS,
    REPLACED_BY,
    Dossier,
    Related,
)
from metering.calendar import Period

KINDS = {
    INVOICE: marked("Invoice"),
    CORRECTION: marked("Corrective invoice"),
    NOTE: marked("Accounting note"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "paid": (marked("paid"), "good"),
    "open": (marked("to be paid"), ""),
    "part_paid": (marked("paid in part"), "warn"),
    "overdue": (marked("overdue"), "bad"),
    "annulled": (marked("annulled"), ""),
}
"""How a payment status is told, and how it looks."""
STANDING_CHOICES = (
    ("", marked("all")),
    ("unpaid", marked("not paid yet")),
    ("overdue", marked("overdue")),
    ("paid", marked("paid")),
)
RELATIONS = {
    CORRECTED_BY: marked("corrected by"),
    CORRECTS: marked("corrects"),
    DEDUCTS: marked("deducts"),
    REPLACED_BY: marked("replaced by"),
}
KSEF_STATES: Mapping[str, tuple[str, str]] = {
    WAITING: (marked("waits to be sent to KSeF"), ""),
    SENT: (marked("sent to KSeF, no answer yet"), ""),
    ACCEPTED: (marked("accepted by KSeF"), "good"),
    REJECTED: (marked("rejected by KSeF"), "bad"),
}


@dataclass(frozen=True, slots=True)
class State:
    """How a document stands, in a word, and how that looks; ``days`` it is overdue."""

    text: str
    look: str
    days: int = 0


def state_of(row: Mapping[str, Any], today: date) -> State | None:
    """The state of a document of a list; corrections and notes have none."""
    standing = "annulled" if row["annulled"] else row["standing"]
    if standing is None:
        return None
    text, look = STATES[standing]
    is_overdue = standing == "overdue"
    return State(text, look, overdue_days(row["due_on"], today) if is_overdue else 0)


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A document in a list; ``open`` is what is still to be paid of an invoice."""

    number: str
    kind: str
    order: str
    account: str
    period: Period
    issued_on: date
    due_on: date | None
    gross: Decimal
    currency: str
    open: Decimal | None
    state: State | None


def listed_row(row: Mapping[str, Any], today: date) -> ListedRow:
    """A row of the list."""
    is_invoice = row["kind"] == INVOICE
    return ListedRow(
        number=row["number"],
        kind=KINDS[row["kind"]],
        order=row["order_id"],
        account=row["account_id"],
        period=Period.of(row["period"]),
        issued_on=row["issued_on"],
        due_on=row["due_on"] if is_invoice else None,
        gross=row["gross"],
        currency=row["currency"],
        open=row["owed"] - row["paid"] if is_invoice else None,
        state=state_of(row, today),
    )


def document_values(dossier: Dossier, say: Language, today: date) -> dict[str, Any]:
    """What the page of a document shows."""
    document = dossier.document
    kind = dossier.invoice.kind
    return {
        "invoice": document,
        "kind": kind,
        "title": KINDS[kind],
        "state": state_of(dossier.row, today),
        "month": Period.parse(document["period"]),
        "dossier": dossier,
        "to_pay": None if kind == NOTE else Decimal(to_pay(document)),
        "related": list(_related(dossier)),
        "ksef": _ksef(dossier),
        "pairs": list(pairs(document, say)) if kind == CORRECTION else [],
        "penalties": list(note_rows(document, say)) if kind == NOTE else [],
        "settlement": settlement(document, say) if kind == NOTE else "",
    }


def _related(dossier: Dossier) -> Iterator[tuple[str, str, Related]]:
    """Other documents: how they belong to this one, what they are, and which."""
    for own in dossier.related:
        yield RELATIONS[own.how], KINDS[own.kind], own


def _ksef(dossier: Dossier) -> dict[str, Any] | None:
    """How a document stands with KSeF; None where it does not go there."""
    own = dossier.ksef
    if own is None:
        return None
    text, look = KSEF_STATES[own.status]
    return {"number": own.ksef_number, "text": text, "look": look}
