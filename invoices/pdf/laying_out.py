"""From the HTML of a document to the bytes of a PDF/A-3b: tagged, fonts embedded, self-contained.

A process lays out one document after another with the same fonts and style sheets; equal data give
equal bytes. The library takes a second to load, so only who needs a PDF imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from weasyprint import CSS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from invoices.pdf.structured import EmbeddedForm

OPTIONS = {"pdf_variant": "pdf/a-3b", "pdf_tags": True}

ONE_AT_A_TIME = Lock()
"""Pango is not made for threads: two layouts at once may corrupt memory and end the process."""

NOTHING_REMOTE = URLFetcher(allowed_protocols=("data",), fail_on_errors=True)
"""Images come inside the document; whatever else a template might name is refused."""

RELATIONSHIP = "Source"
"""To PDF/A-3: what is printed was made from what is attached, and that is the invoice."""


def laid_out(html: str, sheets: tuple[Path, ...], forms: Sequence[EmbeddedForm]) -> bytes:
    """The PDF of a document, with its structured forms as attachments."""
    document = HTML(string=html, url_fetcher=NOTHING_REMOTE)
    with ONE_AT_A_TIME:
        pdf: bytes = document.write_pdf(
            stylesheets=[_styles(sheets)],
            font_config=_fonts(),
            attachments=[_attachment(form) for form in forms],
            finisher=_name_attachments_once,
            **OPTIONS,
        )
    return pdf


def _attachment(form: EmbeddedForm) -> Attachment:
    return Attachment(
        string=form.xml,
        name=form.name,
        description="FA(3)",
        created=form.made_at,
        modified=form.made_at,
        relationship=RELATIONSHIP,
    )


def _name_attachments_once(_: Any, pdf: Any) -> None:
    """WeasyPrint lists each attachment of a PDF/A twice among its associated files."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _styles(sheets: tuple[Path, ...]) -> CSS:
    text = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    return CSS(string=text, font_config=_fonts(), url_fetcher=NOTHING_REMOTE)
