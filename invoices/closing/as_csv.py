"""A month's report as CSV (RFC 4180)."""

from __future__ import annotations

import polars as pl

from invoices.closing.report import COLUMNS, MonthReport, rows_of
from invoices.statements.as_csv import csv_text


def report_csv(report: MonthReport) -> bytes:
    """The rows of a report, its header included."""
    schema = dict.fromkeys(COLUMNS, pl.String)
    rows = [{name: own or None for name, own in row.items()} for row in rows_of(report)]
    frame = pl.DataFrame(rows, schema=schema)
    return csv_text(frame, include_header=True).encode()
