"""The PDF of an invoice: what is put into its template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from invoices.language import language
from invoices.pdf.explanations import explanations
from invoices.pdf.payment_code import payment_code
from invoices.pdf.rendering import render
from invoices.pdf.words import amount_in_words
from metering.calendar import Period


@dataclass(frozen=True, slots=True)
class Row:
    """A line with its number and the net sum of all lines up to it."""

    number: int
    line: Mapping[str, Any]
    sum: Decimal


def invoice_pdf(document: Mapping[str, Any], language_code: str) -> bytes:
    """The PDF of an invoice's document (`billing.documents`), or of a draft without a number."""
    say = language(language_code)
    return render(
        "invoice",
        language_code,
        invoice=document,
        month=say.month(Period.parse(document["period"])),
        rows=list(_rows(document)),
        words=amount_in_words(Decimal(document["gross"]), document["currency"], language_code),
        code=payment_code(document),
        explanations=list(explanations(document, say)),
        indicative=any(line["indicative"] for line in document["lines"]),
    )


def _rows(document: Mapping[str, Any]) -> Iterator[Row]:
    lines = document["lines"]
    sums = accumulate(Decimal(line["net"]) for line in lines)
    for number, (line, total) in enumerate(zip(lines, sums, strict=True), 1):
        yield Row(number, line, total)
