"""What a printed invoice shows of its structured form, and the form itself as an attachment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import segno

from invoices.fa3.codes import CERTIFICATE, StructuredInvoice
from invoices.files import file_stem
from invoices.language import Language

MODULE = Decimal("0.5")
"""Millimetres of each square of a code: what a telephone reads from paper without care."""


@dataclass(frozen=True, slots=True)
class CheckCode:
    """A code to check an invoice by. ``width`` is in millimetres."""

    title: str
    label: str
    image: str
    width: Decimal


@dataclass(frozen=True, slots=True)
class EmbeddedForm:
    """The structured form as a PDF carries it: a file of a name, and when it was made."""

    name: str
    xml: bytes
    made_at: datetime


def check_codes(structured: StructuredInvoice | None, say: Language) -> list[CheckCode]:
    """Code I, and code II of an invoice issued offline."""
    return list(_codes(structured, say)) if structured else []


def _codes(structured: StructuredInvoice, say: Language) -> Iterator[CheckCode]:
    yield _code(say.text("Check the invoice in KSeF"), structured.label, structured.link)
    if structured.certificate_link:
        yield _code(say.text("Check who issued it"), CERTIFICATE, structured.certificate_link)


def _code(title: str, label: str, link: str) -> CheckCode:
    code = segno.make(link, error="m", micro=False, boost_error=False)
    width = int(code.symbol_size(border=0)[0]) * MODULE
    return CheckCode(title, label, code.svg_data_uri(scale=4, border=0, dark="#111827"), width)


def attached(
    document: Mapping[str, Any], structured: StructuredInvoice | None
) -> list[EmbeddedForm]:
    """The structured form, for programs that read the PDF."""
    if structured is None:
        return []
    made_at = structured.made_at.astimezone(UTC)
    return [EmbeddedForm(attached_name(document), structured.xml, made_at)]


def attached_name(document: Mapping[str, Any]) -> str:
    """``FV-2026-000001.xml``."""
    return f"{file_stem(document['number'] or '') or 'invoice'}.xml"
