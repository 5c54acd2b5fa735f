"""Billing data as an Excel workbook: one sheet says what it is, the others hold the entries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, BinaryIO

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from invoices.billing_data.fields import COLUMNS, FIELDS, QUANTITY
from invoices.billing_data.reading import BillingData
from invoices.billing_data.schema import head
from invoices.billing_data.wording import described, title
from invoices.language import language
from invoices.statements.as_xlsx import SHEET_ENTRIES, write_cell

NUMBERS = {"quantity", "duration_seconds"}
"""Columns of numbers. A cost is a text that its sender wrote."""
WIDE = {"date": 28, "from": 18, "to": 18, "source": 24, "id": 38}
WIDTH = 14


def write_xlsx(
    data: BillingData, frames: Iterable[pl.DataFrame], part: int, file: BinaryIO
) -> None:
    """Writes the workbook to a file that is open for writing."""
    with Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        _about(book, data, part)
        _entries(book, data.account.language, frames)


def _about(book: Workbook, data: BillingData, part: int) -> None:
    say = language(data.account.language)
    sheet = book.add_worksheet(say.text("About"))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    for line, (name, value) in enumerate(described(head(data, part), say.code)):
        sheet.write_string(line, 0, name)
        sheet.write_string(line, 1, value)


def _entries(book: Workbook, code: str, frames: Iterable[pl.DataFrame]) -> None:
    """The entries, a further sheet wherever one is full."""
    sheet, line, number = _sheet(book, code, 1), 0, 1
    for frame in frames:
        for row in frame.iter_rows():
            if line == SHEET_ENTRIES:
                number += 1
                sheet, line = _sheet(book, code, number), 0
            line += 1
            _row(sheet, line, row)


def _row(sheet: Worksheet, line: int, row: tuple[Any, ...]) -> None:
    for column, value in enumerate(row):
        name = COLUMNS[column]
        write_cell(sheet, line, column, value, number=name in NUMBERS and _is_number(value))


def _is_number(value: str | None) -> bool:
    return value is not None and re.fullmatch(QUANTITY, value, re.ASCII) is not None


def _sheet(book: Workbook, code: str, number: int) -> Worksheet:
    name = language(code).text("Billing data")
    sheet = book.add_worksheet(name if number == 1 else f"{name} {number}")
    bold = book.add_format({"bold": True})
    for column, own in enumerate(FIELDS):
        sheet.set_column(column, column, WIDE.get(own.name, WIDTH))
        sheet.write_string(0, column, title(own, code), bold)
    sheet.freeze_panes(1, 0)
    return sheet
