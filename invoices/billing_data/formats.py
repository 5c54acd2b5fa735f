"""The formats of billing data in one table: what each is called, and what makes its bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

import polars as pl

from invoices.billing_data.as_pdf import MOST_ENTRIES, MOST_IN_ALL, pdf_bytes, write_pdf
from invoices.billing_data.as_text import csv_bytes, csv_parts, json_bytes, json_parts
from invoices.billing_data.as_xlsx import write_xlsx
from invoices.billing_data.reading import BillingData
from metering.problems import Problem, ProblemsFound

IN_MEMORY = 4 * 1024 * 1024
CHUNK = 256 * 1024

Frames = Iterable[pl.DataFrame]
Parts = Callable[[BillingData, Frames, int], Iterator[bytes]]


class Format(StrEnum):
    """How billing data are given out."""

    CSV = "csv"
    PDF = "pdf"
    XLSX = "xlsx"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Writer:
    """A format: its media type and standards, the bytes of a file, how long entries come out.

    ``measure`` says how many bytes some entries take, at most; ``most_entries`` how many a file
    holds, if that is bounded, and ``most_in_all`` all files of an export.
    """

    media: str
    standards: tuple[str, ...]
    parts: Parts
    measure: Callable[[pl.DataFrame], int]
    most_entries: int | None = None
    most_in_all: int | None = None


def _file(write: Callable[[BillingData, Frames, int, BinaryIO], None]) -> Parts:
    """The bytes of what is written as a whole, before the first of them is given."""

    def parts(data: BillingData, frames: Frames, part: int) -> Iterator[bytes]:
        with SpooledTemporaryFile(IN_MEMORY) as file:
            write(data, frames, part, cast(BinaryIO, file))
            file.seek(0)
            while chunk := file.read(CHUNK):
                yield chunk

    return parts


NUMBERS_AND_TIMES = ("E.164", "ISO 8601")

WRITERS = {
    Format.CSV: Writer(
        "text/csv; charset=utf-8", ("RFC 4180", *NUMBERS_AND_TIMES), csv_parts, csv_bytes
    ),
    Format.PDF: Writer(
        "application/pdf",
        ("PDF/A-3b", *NUMBERS_AND_TIMES),
        _file(write_pdf),
        pdf_bytes,
        MOST_ENTRIES,
        MOST_IN_ALL,
    ),
    Format.XLSX: Writer(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ("ISO/IEC 29500", *NUMBERS_AND_TIMES),
        _file(write_xlsx),
        csv_bytes,
    ),
    Format.JSON: Writer(
        "application/json", ("JSON Schema", *NUMBERS_AND_TIMES), json_parts, json_bytes
    ),
}
"""A new format is a new row. A workbook is compressed, so its entries take less than in CSV."""


def check_one_file(data: BillingData, form: Format) -> None:
    """Raises ProblemsFound where the entries do not go into one file of a format."""
    _check(data.entries, WRITERS[form].most_entries, f"a file of {form}")


def check_export(data: BillingData, form: Format) -> None:
    """Raises ProblemsFound where the entries do not go into an export of a format."""
    _check(data.entries, WRITERS[form].most_in_all, f"an export as {form}")


def _check(entries: int, most: int | None, what: str) -> None:
    if most is not None and entries > most:
        message = (
            f"these days have {entries} entries, and {what} holds {most}: "
            "ask for fewer days or another format"
        )
        raise ProblemsFound([Problem("too_many_entries", "to", message)])
