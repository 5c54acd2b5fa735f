"""Statements of an order's month, in the formats of `licznik statement`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, BinaryIO, cast

import polars as pl
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from entrypoints.cli.session import clock
from entrypoints.http.access import allowed, check_visible
from entrypoints.http.openapi import Month, OrderId, answers
from entrypoints.http.orders import month_or_current
from entrypoints.http.service import Serving
from entrypoints.keys import Key
from invoices.statements.as_csv import csv_entries
from invoices.statements.as_json import json_parts
from invoices.statements.as_pdf import write_pdf
from invoices.statements.as_xlsx import write_xlsx
from invoices.statements.report import Report, read_report

router = APIRouter(tags=["statements"])

Reader = Annotated[Key, allowed("read_statements")]
Frames = Iterator[pl.DataFrame]
Parts = Iterator[bytes]
IN_MEMORY = 4 * 1024 * 1024
CHUNK = 64 * 1024


class Format(StrEnum):
    """How a statement is given."""

    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


def _encoded(parts: Iterable[str]) -> Parts:
    return (part.encode() for part in parts)


def _file(write: Callable[[Report, Frames, BinaryIO], None]) -> Callable[[Report, Frames], Parts]:
    """The parts of what is written as a whole, before the first of them is sent."""

    def parts(report: Report, frames: Frames) -> Parts:
        file = cast(BinaryIO, SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  # `_chunks` closes it
        write(report, frames, file)
        file.seek(0)
        return _chunks(file)

    return parts


def _chunks(file: BinaryIO) -> Parts:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


WRITERS: Mapping[Format, tuple[str, Callable[[Report, Frames], Parts]]] = {
    Format.JSON: ("application/json", lambda report, frames: _encoded(json_parts(report, frames))),
    Format.CSV: ("text/csv; charset=utf-8", lambda _, frames: _encoded(csv_entries(frames))),
    Format.XLSX: (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _file(write_xlsx),
    ),
    Format.PDF: ("application/pdf", _file(write_pdf)),
}
"""The media type of each format, and what makes its parts."""

BYTES = {"type": "string", "format": "binary"}
CONTENTS: dict[str, Any] = {
    "application/json": {"schema": {"type": "object"}},
    "text/csv": {"schema": {"type": "string"}},
    **{WRITERS[one][0]: {"schema": BYTES} for one in (Format.XLSX, Format.PDF)},
}


@router.get(
    "/v1/orders/{order:path}/statement",
    summary="The statement of a month",
    response_class=StreamingResponse,
    responses={200: {"content": CONTENTS, "description": "The statement."}, **answers(404, 409)},
)
def get_statement(
    service: Serving,
    key: Reader,
    order: OrderId,
    period: Month = None,
    form: Annotated[Format, Query(alias="format", description="The format.")] = Format.JSON,
) -> StreamingResponse:
    """What the order used, of how much, at what cost so far, and every single entry behind it."""
    session = service.session
    check_visible(key, session.decisions, order)
    month = month_or_current(period)
    service.settler.settle(order)
    report = read_report(session.decisions, session.usage, session.catalog, order, month, clock())
    media, parts = WRITERS[form]
    name = f"statement-{month}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(
        parts(report, report.items.frames()), media_type=media, headers=headers
    )
