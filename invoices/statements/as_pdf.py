"""A statement as PDF: the meters, the cost so far, a chart of each, and the first entries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import polars as pl

from invoices.pdf.statement_pdf import Subject, statement_pdf
from invoices.statements.report import Report
from invoices.statements.rows import statement_document

MOST_ENTRIES = 300
"""A PDF prints so many entries; all of them are in the other formats."""


def write_pdf(report: Report, frames: Iterator[pl.DataFrame], file: BinaryIO) -> None:
    """Writes the PDF."""
    edition = report.statement.contract.edition
    subject = Subject(
        customer=report.customer.account.name,
        seller=edition.seller.name,
        service={"pl": edition.service.pl, "en": edition.service.en},
        language=report.language,
        day=report.day,
    )
    document, entries = statement_document(report), _first(frames)
    file.write(statement_pdf(document, subject, entries, report.items.entries))


def _first(frames: Iterator[pl.DataFrame]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for frame in frames:
        entries += frame.head(MOST_ENTRIES - len(entries)).to_dicts()
        if len(entries) == MOST_ENTRIES:
            break
    return entries
