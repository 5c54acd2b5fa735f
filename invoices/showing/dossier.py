"""One issued document with all that belongs to it: payments, corrections, notes, KSeF, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from invoices.files import PDF
from invoices.invoice import Invoice
from invoices.ksef.submission import Submission
from invoices.showing import queries
from invoices.structured import XML, submission

Row = Mapping[str, Any]

CORRECTED_BY, CORRECTS, DEDUCTS, REPLACED_BY = "corrected_by", "corrects", "deducts", "replaced_by"


@dataclass(frozen=True, slots=True)
class Related:
    """Another document, and how it belongs to the one that is shown."""

    how: str
    number: str
    kind: str
    issued_on: date
    gross: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """A document as it stands on a day.

    ``standing`` is its payment status, None for corrections and notes, which are not paid by
    themselves; ``languages`` are those of the PDFs that were made.
    """

    invoice: Invoice
    row: Row
    related: tuple[Related, ...]
    payments: Sequence[Row]
    ksef: Submission | None

    @property
    def document(self) -> Row:
        """The document as it was issued."""
        return self.invoice.document

    @property
    def standing(self) -> str | None:
        standing: str | None = self.row["standing"]
        return standing

    @property
    def open(self) -> Decimal:
        """What is still to be paid, corrections and deductions taken into account."""
        return Decimal(self.row["owed"] - self.row["paid"])

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(own.language for own in self.invoice.rendered if own.kind == PDF)

    @property
    def has_xml(self) -> bool:
        return any(own.kind == XML for own in self.invoice.rendered)


def read_dossier(decisions: Decisions, invoice: Invoice, today: date) -> Dossier:
    """What belongs to an issued document."""
    (row,) = decisions.rows(queries.ROW, id=invoice.id, today=today, **ALL)
    payments = decisions.rows(queries.PAYMENTS, id=invoice.id)
    related = tuple(_related(decisions, invoice, row))
    return Dossier(invoice, row, related, payments, submission(decisions, invoice.id))


ALL: Mapping[str, None] = {"account": None, "order": None, "period": None}
"""Limits nothing."""


def _related(decisions: Decisions, invoice: Invoice, row: Row) -> Iterator[Related]:
    notes = [own["note"] for own in invoice.document.get("deductions", ())]
    asked = {
        "id": row["id"],
        "corrects": row["corrects"],
        "notes": notes,
        "annulled": row["annulled"],
        "order": row["order_id"],
        "period": row["period"],
    }
    for own in decisions.rows(queries.RELATED, **asked):
        facts = {name: own[name] for name in ("number", "kind", "issued_on", "gross", "currency")}
        yield Related(_how(row, own), **facts)


def _how(row: Row, other: Row) -> str:
    """How another document belongs to the one of a row."""
    if other["corrects"] == row["id"]:
        return CORRECTED_BY
    if other["id"] == row["corrects"]:
        return CORRECTS
    return DEDUCTS if other["kind"] == "note" else REPLACED_BY
