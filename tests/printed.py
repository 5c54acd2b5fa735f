"""Reading PDFs back, by libraries that had no part in making them."""

from __future__ import annotations

import re
from io import BytesIO

import pikepdf
import pypdfium2
import zxingcpp

from billing.documents import invoice_document
from invoices.pdf.invoice_pdf import invoice_pdf
from tests.builders import Bill, Plain

NUMBERED: Plain = {
    "number": "FV/2025/000007",
    "status": "issued",
    "issued_on": "2025-11-03",
    "due_on": "2025-11-17",
}
"""What makes a draft an issued invoice."""

DRAFT: Plain = {"number": None, "status": "draft", "issued_on": None, "due_on": None}


def issued(own: Bill, **given: object) -> Plain:
    """The document of a bill, issued."""
    return {**NUMBERED, **invoice_document(own.invoice), **given}


def printed(document: Plain, language: str = "pl") -> list[str]:
    """The text of each page of an invoice."""
    return pages(invoice_pdf(document, language))


def pages(pdf: bytes) -> list[str]:
    """The text of each page; spaces of all kinds are equal."""
    with pypdfium2.PdfDocument(pdf) as document:
        return [_text(page) for page in document]


def _text(page: pypdfium2.PdfPage) -> str:
    lines = page.get_textpage().get_text_range().splitlines()
    return "\n".join(re.sub(r"\s+", " ", line).strip() for line in lines)


def codes(pdf: bytes) -> list[str]:
    """What the QR codes of the first page say, read from its picture."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[0].render(scale=4).to_numpy()
    return [code.text for code in zxingcpp.read_barcodes(picture)]


def structure(pdf: bytes) -> pikepdf.Pdf:
    """A PDF as its objects."""
    return pikepdf.open(BytesIO(pdf))
