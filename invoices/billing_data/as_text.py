"""Billing data as CSV (RFC 4180) and as JSON, written a group of entries at a time.

CSV is UTF-8 without a byte order mark: RFC 4180 knows none, and a program would take it for part of
the first name. Whoever opens it in a spreadsheet is better served by XLSX. No cell can become a
formula, and numbers in E.164 stay as they are (`invoices.statements.as_csv`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson
import polars as pl

from invoices.billing_data.fields import SCHEMA
from invoices.billing_data.reading import BillingData
from invoices.billing_data.schema import head
from invoices.statements.as_csv import csv_text

Frames = Iterable[pl.DataFrame]


def csv_parts(_: BillingData, frames: Frames, __: int) -> Iterator[bytes]:
    """A header and a line for each entry."""
    yield csv_text(pl.DataFrame(schema=SCHEMA), include_header=True).encode()
    for frame in frames:
        yield csv_text(frame, include_header=False).encode()


def csv_bytes(frame: pl.DataFrame) -> int:
    """How long some entries are in CSV."""
    return len(csv_text(frame, include_header=False).encode())


def json_parts(data: BillingData, frames: Frames, part: int) -> Iterator[bytes]:
    """One JSON object; its ``entries`` come last."""
    yield orjson.dumps(head(data, part))[:-1] + b',"entries":['
    before = b""
    for frame in frames:
        if frame.height:
            yield before + _objects(frame)
            before = b",\n"
    yield b"]}\n"


def json_bytes(frame: pl.DataFrame) -> int:
    """How long some entries are in JSON."""
    return len(_objects(frame))


def _objects(frame: pl.DataFrame) -> bytes:
    return frame.write_json()[1:-1].encode()
