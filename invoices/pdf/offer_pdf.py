"""The PDF of an offer: what is put into its template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from invoices.language import Language, language
from invoices.pdf.invoice_pdf import STYLES, rows_of
from invoices.pdf.rendering import render
from metering.calendar import Period

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Month:
    """What a month would cost."""

    name: str
    net: str
    vat: str
    gross: str


def offer_pdf(document: Document, language_code: str) -> bytes:
    """The PDF of an offer's document (`invoices.offers.document`), numbered or not."""
    say = language(language_code)
    return render(
        "offer",
        language_code,
        STYLES,
        invoice=document,
        month=say.month(Period.parse(document["period"])),
        rows=list(rows_of(document)),
        months=list(_months(document, say)),
        indicative=any(own["indicative"] for own in (*document["lines"], *document["rates"])),
    )


def _months(document: Document, say: Language) -> Iterator[Month]:
    for own in document["months"]:
        name = say.month(Period.parse(own["period"]))
        yield Month(name, own["net"], own["vat"], own["gross"])
