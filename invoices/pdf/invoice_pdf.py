"""The PDF of an invoice, a correction or a note: what is put into its template."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from invoices.fa3.codes import StructuredInvoice
from invoices.fa3.corrections import is_correction
from invoices.fa3.payment import to_pay
from invoices.invoice import CORRECTION, INVOICE, NOTE
from invoices.language import Language, language
from invoices.pdf.correction_rows import pairs
from invoices.pdf.explanations import explanations
from invoices.pdf.note_rows import note_rows, settlement
from invoices.pdf.payment_code import payment_code
from invoices.pdf.rendering import render
from invoices.pdf.structured import attached, attached_name, check_codes
from invoices.pdf.words import amount_in_words
from metering.calendar import Period

Document = Mapping[str, Any]
STYLES = "invoice"


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its number and the net sum of all lines up to it."""

    number: int
    line: Document
    sum: Decimal


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be paid or returned, and whether by a transfer to the seller's account."""

    label: str
    amount: Decimal
    by_transfer: bool


def invoice_pdf(
    document: Document, language_code: str, structured: StructuredInvoice | None = None
) -> bytes:
    """The PDF of an invoice's document (`billing.documents`), or of a draft without a number.

    With its structured form it shows the codes to check it by, and has the form attached.
    """
    say = language(language_code)
    kind, due = document.get("type", INVOICE), _due(document, say)
    return render(
        kind,
        language_code,
        STYLES,
        attached(document, structured),
        invoice=document,
        month=say.month(Period.parse(document["period"])),
        rows=list(rows_of(document)),
        due=due,
        words=amount_in_words(due.amount, document["currency"], language_code),
        code=payment_code(document),
        ksef=check_codes(structured, say),
        invoice_in_ksef=structured.ksef_number if structured else None,
        attachment=attached_name(document),
        **SHOWN[kind](document, say),
    )


def _own(document: Document, say: Language) -> dict[str, Any]:
    """What only an invoice shows."""
    return {
        "explanations": list(explanations(document, say)),
        "indicative": any(line["indicative"] for line in document["lines"]),
    }


def _of_correction(document: Document, say: Language) -> dict[str, Any]:
    """What only a correction shows."""
    return {"pairs": list(pairs(document, say))}


def _of_note(document: Document, say: Language) -> dict[str, Any]:
    """What only an accounting note shows."""
    return {
        "penalties": list(note_rows(document, say)),
        "settlement": settlement(document, say),
    }


SHOWN: Mapping[str, Callable[[Document, Language], dict[str, Any]]] = {
    INVOICE: _own,
    CORRECTION: _of_correction,
    NOTE: _of_note,
}
"""What each kind of document shows beside what all do; its template has the kind's name."""


def _due(document: Document, say: Language) -> Due:
    """The amount of the box at the end: less what is deducted; what is given back, without sign."""
    amount, number = Decimal(to_pay(document)), document["number"]
    if document.get("type") == NOTE:
        return Due(say.text("Total"), amount, by_transfer=False)
    if not number and not is_correction(document):
        return Due(say.text("Total so far"), amount, by_transfer=False)
    if amount < 0:
        return Due(say.text("To be returned"), -amount, by_transfer=False)
    by_transfer = bool(number and document["seller"]["bank"])
    if is_correction(document):
        by_transfer = by_transfer and amount > 0
    return Due(say.text("Amount due"), amount, by_transfer)


def rows_of(document: Document) -> Iterator[Row]:
    """The lines of a document with their numbers and running sums."""
    lines = document["lines"]
    sums = accumulate(Decimal(line["net"]) for line in lines)
    for number, (line, total) in enumerate(zip(lines, sums, strict=True), 1):
        yield Row(number, line, total)
