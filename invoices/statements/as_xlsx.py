"""A statement as an Excel workbook: summary, days with a chart, entries; in bounded memory.

Text is always written as text, so that nothing becomes a formula. A number is written as one only
where Excel can hold it exactly, in 15 significant digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, BinaryIO

import polars as pl
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from invoices.statements.report import Report
from invoices.statements.rows import summary_row
from invoices.statements.wording import word
from metering.written import WRITTEN

SHEET_ENTRIES = 1_000_000
EXACT_DIGITS = 15
SUMMARY_TEXT = ("meter", "name", "unit", "kind", "limit_kind")
WIDE = {"name": 26, "time": 28, "recorded": 28, "id": 38, "attributes": 40}
WIDTH = 16


def write_xlsx(report: Report, frames: Iterator[pl.DataFrame], file: BinaryIO) -> None:
    """Writes the workbook to a file that is open for writing."""
    with Workbook(file, {"constant_memory": True, "strings_to_urls": False}) as book:
        sheets = _Sheets(book, report.language)
        _summary(sheets, report)
        _days(sheets, report)
        _entries(sheets, frames)


class _Sheets:
    """A workbook whose sheets have a frozen header of names in one language."""

    def __init__(self, book: Workbook, language: str) -> None:
        self.book = book
        self.language = language
        self._bold = book.add_format({"bold": True})

    def word(self, key: str) -> str:
        """A word of the statement."""
        return word(key, self.language)

    def add(self, name: str, titles: Sequence[str], widths: Sequence[int]) -> Worksheet:
        """A sheet with its header."""
        sheet = self.book.add_worksheet(name)
        for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(0, column, title, self._bold)
        sheet.freeze_panes(1, 0)
        return sheet

    def named(self, name: str, keys: Sequence[str]) -> Worksheet:
        """A sheet whose columns have names of their own."""
        return self.add(name, [*map(self.word, keys)], [WIDE.get(key, WIDTH) for key in keys])


def _summary(sheets: _Sheets, report: Report) -> None:
    rows = [summary_row(report, row) for row in report.statement.meters]
    keys = list(rows[0]) if rows else list(SUMMARY_TEXT)
    sheet = sheets.named(sheets.word("summary"), keys)
    for line, row in enumerate(rows, 1):
        shown = {**row, **{key: sheets.word(row[key]) for key in ("kind", "limit_kind")}}
        for column, key in enumerate(keys):
            write_cell(sheet, line, column, shown[key], number=key not in SUMMARY_TEXT)
    if rows:
        fill = keys.index("fill")
        bar = {"type": "data_bar", "min_type": "num", "min_value": 0, "max_type": "num"}
        sheet.conditional_format(1, fill, len(rows), fill, {**bar, "max_value": 100})


def _days(sheets: _Sheets, report: Report) -> None:
    """One row a day, one column a meter, and a chart of each."""
    meters = report.statement.meters
    names = [row.name.pl if sheets.language == "pl" else row.name.en for row in meters]
    title = sheets.word("days")
    sheet = sheets.add(title, [sheets.word("day"), *names], [WIDTH] * (len(names) + 1))
    columns = [report.days_of(row.meter.key) for row in meters]
    for line, days in enumerate(zip(*columns, strict=True), 1):
        sheet.write_string(line, 0, str(days[0].day))
        for column, own in enumerate(days, 1):
            write_cell(sheet, line, column, f"{own.used:f}", number=True)
    used = [n for n, days in enumerate(columns) if any(day.used for day in days)]
    for place, n in enumerate(used):
        chart = sheets.book.add_chart({"type": "column"})
        last = len(columns[n])
        chart.add_series(
            {
                "name": names[n],
                "categories": [title, 1, 0, last, 0],
                "values": [title, 1, n + 1, last, n + 1],
            }
        )
        chart.set_legend({"none": True})
        sheet.insert_chart(last + 2 + 15 * (place // 3), 5 * (place % 3), chart)


def _entries(sheets: _Sheets, frames: Iterator[pl.DataFrame]) -> None:
    """The entries, a further sheet wherever one is full."""
    keys, title = list(WRITTEN), sheets.word("entries")
    yes = pl.when("late").then(pl.lit(sheets.word("yes")))
    sheet, line, number = sheets.named(title, keys), 0, 1
    for frame in frames:
        for row in frame.with_columns(late=yes).iter_rows():
            if line == SHEET_ENTRIES:
                number += 1
                sheet, line = sheets.named(f"{title} {number}", keys), 0
            line += 1
            for column, value in enumerate(row):
                write_cell(sheet, line, column, value, number=keys[column] == "quantity")


def write_cell(sheet: Worksheet, line: int, column: int, value: Any, *, number: bool) -> None:
    """Writes a cell: a number where it can be held exactly, else text."""
    if value is None:
        return
    if number and is_exact(str(value)):
        sheet.write_number(line, column, Decimal(value))
    else:
        sheet.write_string(line, column, value)


def is_exact(text: str) -> bool:
    """Whether Excel holds a number with every digit."""
    return len(text.lstrip("-").replace(".", "").strip("0")) <= EXACT_DIGITS
