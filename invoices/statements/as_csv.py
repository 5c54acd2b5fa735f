"""A statement as CSV (RFC 4180): its entries, or its summary by meter.

No text cell can become a formula when a spreadsheet opens the file.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from invoices.statements.report import Report
from invoices.statements.rows import summary_row
from metering.written import WRITTEN

FORMULA = "^[=+\\-@\t\r\n＝＋－＠]"  # noqa: RUF001  # the full-width forms are meant
INNER = "([;\t\r\n])([=+\\-@＝＋－＠])"  # noqa: RUF001
"""A spreadsheet whose lists are split by semicolons, as in Poland, begins a cell there."""
NUMBER = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"
"""Numbers, and phone numbers as E.164 writes them, are as harmless as they are."""


def csv_entries(frames: Iterator[pl.DataFrame]) -> Iterator[str]:
    """The entries, in parts."""
    yield csv_text(pl.DataFrame(schema=WRITTEN), include_header=True)
    for frame in frames:
        yield csv_text(frame, include_header=False)


def csv_summary(report: Report) -> Iterator[str]:
    """The summary, one row a meter."""
    rows = [summary_row(report, row) for row in report.statement.meters]
    texts = [{name: None if own is None else str(own) for name, own in row.items()} for row in rows]
    yield csv_text(pl.DataFrame(texts, infer_schema_length=None), include_header=True)


def csv_text(frame: pl.DataFrame, *, include_header: bool) -> str:
    """A table as CSV, its texts harmless."""
    safe = frame.with_columns(harmless(pl.col(pl.String)))
    text: str = safe.write_csv(include_header=include_header, line_terminator="\r\n")
    return text


def harmless(text: pl.Expr) -> pl.Expr:
    """Text with an apostrophe before whatever a spreadsheet would take for a formula."""
    formula = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    inner = text.str.replace_all(INNER, "${1}'${2}")
    return pl.when(formula).then(pl.lit("'") + inner).otherwise(inner).name.keep()
