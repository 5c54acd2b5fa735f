"""A statement as JSON, its entries written a group at a time."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import polars as pl

from invoices.statements.report import Report
from invoices.statements.rows import statement_document


def json_parts(report: Report, frames: Iterator[pl.DataFrame]) -> Iterator[str]:
    """One JSON object, in parts: numbers are text, and ``entries`` come last."""
    head = orjson.dumps(statement_document(report)).decode()
    yield head[:-1] + ',"entries":['
    before = ""
    for frame in frames:
        yield before + frame.write_json()[1:-1]
        before = ",\n"
    yield "]}\n"
