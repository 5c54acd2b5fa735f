"""Billing data as PDF: every entry with its eight fields, in files of bounded length."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

import polars as pl

from invoices.billing_data.as_text import csv_bytes
from invoices.billing_data.reading import BillingData
from invoices.billing_data.schema import head
from invoices.billing_data.wording import described
from invoices.pdf.rendering import render

MOST_ENTRIES = 1_000
"""A PDF holds so many: laying out more at once takes memory, and nobody reads longer ones."""

MOST_IN_ALL = 20_000
"""An export as PDF has so many: a thousand take ten seconds of a processor that others need too."""

LONGER = 5
"""A page takes at most so many times the bytes of its entries in CSV, as was measured."""


def pdf_bytes(frame: pl.DataFrame) -> int:
    """How long some entries are in PDF."""
    return LONGER * csv_bytes(frame)


def write_pdf(data: BillingData, frames: Iterable[pl.DataFrame], part: int, file: BinaryIO) -> None:
    """Writes one PDF."""
    about, code = head(data, part), data.account.language
    entries = [row for frame in frames for row in frame.iter_rows(named=True)]
    facts = list(described(about, code))
    file.write(
        render("billing_data", code, head=about, facts=facts, account=data.account, entries=entries)
    )
