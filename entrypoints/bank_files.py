"""Statements of banks as CSV: every good line becomes a transfer, every bad one a problem.

Banks agree on nothing: columns are known by their names in Polish and English, separators and
encodings are found out, and lines before the header are passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from unicodedata import category

from moneyed import CURRENCIES

from entrypoints.bank_texts import Unreadable, read_amount, read_day
from invoices.payments.importing import Transfer
from invoices.payments.matching import plain_tax_id
from invoices.payments.payment import Received
from metering.problems import Problem, ProblemsFound

COLUMNS = {
    "date": ("date", "data operacji", "data transakcji", "data księgowania", "data waluty", "data",
             "booking date", "transaction date", "value date"),
    "amount": ("amount", "kwota", "kwota operacji", "kwota transakcji"),
    "currency": ("currency", "waluta"),
    "title": ("title", "tytuł", "tytułem", "tytuł operacji", "opis", "opis operacji",
              "description"),
    "payer": ("payer", "nadawca", "kontrahent", "nazwa kontrahenta", "nazwa nadawcy", "sender",
              "counterparty"),
    "tax_id": ("tax id", "nip", "nip nadawcy", "nip kontrahenta", "vat id"),
    "reference": ("reference", "numer referencyjny", "nr referencyjny", "id transakcji",
                  "identyfikator transakcji", "numer transakcji", "transaction id"),
}  # fmt: skip
"""What a column may be called. Of several that a file has, the first one here counts."""

REQUIRED = ("date", "amount")
SEPARATORS = (";", ",", "\t")
LINES_BEFORE_HEADER = 50
LINES_OF_A_RECORD = 6
"""A title may go over a few lines; a quote that is open for longer was never meant as one."""

_CODE = re.compile(r"(?<![^\W_])(?:[A-Z]{3}|zł)(?![^\W_])")
"""What may be a currency among other words."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A line that brought nothing in; ``currency`` is empty where the file does not say it."""

    line: int
    amount: Decimal
    currency: str
    title: str


@dataclass
class BankFile:
    """What a bank's file says."""

    transfers: list[Transfer] = field(default_factory=list)
    outgoing: list[Outgoing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the records begin, what separates their cells, how many these are, which is what."""

    line: int
    separator: str
    width: int
    columns: Mapping[str, int]

    def fits(self, cells: Sequence[str]) -> bool:
        """Whether each cell can be told by its place, and holds text; a blank line always fits."""
        blank = not any(cell.strip() for cell in cells)
        known = len(cells) > max(self.columns.values())
        return blank or (known and not any(cells[self.width :]) and all(map(_is_plain, cells)))

    def named(self, cells: Sequence[str]) -> dict[str, str]:
        """The known cells by their names, blanks and ends of lines made one blank."""
        own = {name: at for name, at in self.columns.items() if at < len(cells)}
        return {name: " ".join(cells[at].split()) for name, at in own.items()}


def read_bank_file(path: Path, currency: str | None = None) -> BankFile:
    """The transfers of a file; raises ProblemsFound where it is no such file.

    ``currency`` is that of a file without a column for it; else what stands before its header
    counts, if that is one currency. An amount that names its own is in that one.
    """
    lines = io.StringIO(_text(path), newline="").readlines()
    header = _header(path, lines)
    has_column = "currency" in header.columns
    usual = "" if has_column else currency or _currency_before(lines[: header.line - 1])
    read = BankFile()
    for line, cells in _records(lines, header):
        if cells is None:
            message = "this line cannot be read: look at its quotes, separators and odd characters"
            read.problems.append(Problem("broken_line", f"lines[{line}]", message))
        elif any(cell.strip() for cell in cells):
            _take(read, _Row(line, header.named(cells)), usual)
    if not has_column:
        _check_currency(path, read.problems)
    return read


def _currency_before(lines: Sequence[str]) -> str:
    """The one currency that the lines before a header name; empty if they name none or several."""
    words = {word.replace("zł", "PLN") for line in lines for word in _CODE.findall(line)}
    found = [word for word in words if word in CURRENCIES]
    return found[0] if len(found) == 1 else ""


def _check_currency(path: Path, problems: Sequence[Problem]) -> None:
    """Refuses a file that never says its currency, in one sentence and not in one for each line."""
    others = [one for one in problems if one.code != "missing_currency"]
    if len(others) == len(problems):
        return
    message = f"{path.name} does not say its currency: if it is in PLN, add --currency PLN"
    raise ProblemsFound([Problem("missing_currency", "", message), *others])


def _text(path: Path) -> str:
    """A file's text: UTF-8, else the code page of Polish Windows."""
    raw = path.read_bytes()
    for encoding in ("utf-8-sig", "cp1250"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return text
    message = f"{path.name} is not text in UTF-8 or Windows-1250: export it as CSV again"
    raise ProblemsFound([Problem("not_text", "", message)])


def _header(path: Path, lines: Sequence[str]) -> Header:
    """The first line that names a date and an amount."""
    best: Mapping[str, int] = {}
    for number, line in enumerate(lines[:LINES_BEFORE_HEADER], 1):
        for separator in SEPARATORS:
            cells = _cells([line], separator)[0] or ()
            names = [_plain_name(cell) for cell in cells]
            columns = _columns(names)
            if columns.keys() >= set(REQUIRED):
                _check_names(path, names, columns)
                return Header(number, separator, len(names), columns)
            best = max(best, columns, key=len)
    raise ProblemsFound(
        Problem(
            "missing_column",
            name,
            f"{path.name} needs a header with a column for the {name}: {', '.join(COLUMNS[name])}",
        )
        for name in REQUIRED
        if name not in best
    )


def _plain_name(cell: str) -> str:
    return " ".join(cell.casefold().replace("_", " ").strip(" #").split())


def _columns(names: Sequence[str]) -> dict[str, int]:
    """Where the known columns stand among the names of a header."""
    found = {
        column: next((names.index(one) for one in known if one in names), None)
        for column, known in COLUMNS.items()
    }
    return {column: at for column, at in found.items() if at is not None}


def _check_names(path: Path, names: Sequence[str], columns: Mapping[str, int]) -> None:
    twice = [column for column, at in columns.items() if names.count(names[at]) > 1]
    if twice:
        message = f"{path.name} has the same column twice: leave one of them away"
        raise ProblemsFound(Problem("duplicate_column", column, message) for column in twice)


def _records(lines: Sequence[str], header: Header) -> Iterator[tuple[int, Sequence[str] | None]]:
    """Each record with the number of its first line; one that is broken has no cells.

    A broken record takes one line alone, so that a quote in it hides no other.
    """
    at = header.line
    while at < len(lines):
        cells, read = _cells(lines[at : at + LINES_OF_A_RECORD], header.separator)
        hidden = (_is_record(line, header) for line in lines[at + 1 : at + read])
        is_good = cells is not None and header.fits(cells) and not any(hidden)
        yield at + 1, cells if is_good else None
        at += read if is_good else 1


def _is_record(line: str, header: Header) -> bool:
    """Whether a line is a transfer of its own."""
    cells, _ = _cells([line], header.separator)
    if not cells or not header.fits(cells):
        return False
    try:
        read_day(header.named(cells).get("date", ""))
    except Unreadable:
        return False
    return True


def _cells(lines: Sequence[str], separator: str) -> tuple[Sequence[str] | None, int]:
    """The cells of the first record of some lines, and how many lines it takes."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
    try:
        return next(reader), reader.line_num
    except csv.Error:
        return None, 1


def _is_plain(cell: str) -> bool:
    """Whether there are no control characters in a cell but blanks and ends of lines."""
    return cell.isprintable() or all(category(s) != "Cc" or s in "\t\r\n" for s in cell)


class _Row:
    """The known cells of a line, and what is wrong with them."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self.problems: list[Problem] = []
        self._cells = cells

    def text(self, column: str) -> str:
        """A cell's text, empty where the file has no such column."""
        return self._cells.get(column, "")

    def read(self, column: str, reader: Any) -> Any:
        """A cell's value; None, and a problem, where it is none."""
        try:
            return reader(self.text(column))
        except Unreadable as error:
            self.wrong(column, error.code, str(error))
            return None

    def wrong(self, column: str, code: str, message: str) -> None:
        """Notes what is wrong with a cell."""
        self.problems.append(Problem(code, f"lines[{self.line}].{column}", message))


def _take(read: BankFile, row: _Row, usual: str) -> None:
    """Adds a line to what a file says: a transfer, a payment of our own, or problems."""
    amount, named = row.read("amount", read_amount) or (None, None)
    own = row.text("currency").upper()
    currency = own or named or usual
    if amount is not None and amount <= 0:
        read.outgoing.append(Outgoing(row.line, amount, currency, row.text("title")))
        return
    paid_on = row.read("date", read_day)
    if own and named and own != named:
        row.wrong("currency", "currency_conflict", f"the amount is in {named}, the line in {own}")
    if own or amount is not None:
        _check_code(row, currency)
    if amount is None or row.problems:
        read.problems += row.problems
        return
    read.transfers.append(Transfer(row.line, _received(row, paid_on, amount, currency)))


def _check_code(row: _Row, currency: str) -> None:
    """Notes a currency that is none; an amount that names none could be money of any."""
    if not currency:
        row.wrong("currency", "missing_currency", "write the currency of this line, such as PLN")
    elif currency not in CURRENCIES:
        row.wrong("currency", "unknown_currency", f"{currency} is not a currency, such as PLN")


def _received(row: _Row, paid_on: Any, amount: Decimal, currency: str) -> Received:
    return Received(
        paid_on=paid_on,
        amount=amount,
        currency=currency,
        payer=row.text("payer"),
        payer_tax_id=plain_tax_id(row.text("tax_id")),
        title=row.text("title"),
        reference=row.text("reference"),
        source="file",
    )
