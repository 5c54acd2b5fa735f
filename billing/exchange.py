"""Exchange rates of the National Bank of Poland, for the VAT of invoices in foreign currency.

The bank publishes a table A of mean rates on every working day. Tables come as it publishes them in
JSON; whoever reads files or addresses hands their text in here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.calendar import is_business_day
from metering.problems import Problem

DAY = timedelta(days=1)
MOST_DIGITS = 10
"""Digits that a rate has at most on each side of the point; the bank's have eight after it."""
TABLE = "A"
"""The table of mean rates, the ones that VAT is converted at (art. 31a)."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many złoty for one unit of a currency, on a day, by a table such as 211/A/NBP/2025."""

    currency: str
    rate: Decimal
    day: date
    table: str


def read_tables(text: str) -> tuple[tuple[Rate, ...], list[Problem]]:
    """The rates of some tables, and what is wrong with them; a wrong table gives no rates."""
    try:
        tables = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse)
    except ValueError as error:
        message = f"the exchange rates are no JSON, fetch them again: {error}"
        return (), [Problem("invalid_exchange_rates", "", message)]
    if not isinstance(tables, list):
        return (), [_wrong("", "a list of tables is wanted")]
    read = [_table(own, f"[{place}]") for place, own in enumerate(tables)]
    rates = tuple(one for own in read for one in own if isinstance(one, Rate))
    problems = [one for own in read for one in own if isinstance(one, Problem)]
    return rates, [*problems, *_conflicts(rates)]


def rate_before(rates: Iterable[Rate], currency: str, day: date) -> Rate | Problem:
    """The mean rate of the last working day before a tax point (art. 31a(1))."""
    wanted = last_working_day_before(day)
    for one in rates:
        if (one.currency, one.day) == (currency, wanted):
            return one
    message = f"no rate of {currency} of {wanted}: load the National Bank's table A of that day"
    return Problem("missing_exchange_rate", "currency", message)


def last_working_day_before(day: date) -> date:
    """The last day before another on which the bank published a table."""
    before = day - DAY
    while not is_business_day(before):
        before -= DAY
    return before


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _wrong(path: str, message: str) -> Problem:
    return Problem("invalid_exchange_rates", path, f"{message}: fetch the tables again")


def _table(own: Any, path: str) -> list[Rate | Problem]:
    """The rates of one table, or all that is wrong with it."""
    if not isinstance(own, dict):
        return [_wrong(path, "a table is an object")]
    problems = list(_head_problems(own, path))
    rows = own.get("rates")
    if not isinstance(rows, list):
        return [*problems, _wrong(f"{path}.rates", "a table has a list of rates")]
    for place, row in enumerate(rows):
        problems += _row_problems(row, f"{path}.rates[{place}]")
    if problems:
        return [*problems]
    day = date.fromisoformat(own["effectiveDate"])
    return [Rate(row["code"], row["mid"], day, own["no"]) for row in rows]


def _head_problems(own: dict[str, Any], path: str) -> Iterator[Problem]:
    if own.get("table") != TABLE:
        yield _wrong(f"{path}.table", f"only table {TABLE} has mean rates, this is another")
    if not isinstance(own.get("no"), str) or not own["no"]:
        yield _wrong(f"{path}.no", "a table has a number")
    if not _is_day(own.get("effectiveDate")):
        yield _wrong(f"{path}.effectiveDate", "a table has a day such as 2025-10-31")


def _is_day(text: Any) -> bool:
    try:
        return isinstance(text, str) and str(date.fromisoformat(text)) == text
    except ValueError:
        return False


def _row_problems(row: Any, path: str) -> Iterator[Problem]:
    if not isinstance(row, dict):
        yield _wrong(path, "a rate is an object")
        return
    code, mid = row.get("code"), row.get("mid")
    if not isinstance(code, str) or len(code) != len("EUR") or not code.isupper():
        yield _wrong(f"{path}.code", "a currency has a code of three capitals")
    if not isinstance(mid, Decimal) or not _is_rate(mid):
        yield _wrong(f"{path}.mid", "a rate is a number above zero, in plain digits")


def _is_rate(mid: Decimal) -> bool:
    """Whether a number can be a rate; an exponent of any size would be one beyond all use."""
    exponent = mid.as_tuple().exponent
    return isinstance(exponent, int) and -MOST_DIGITS <= exponent <= 0 < mid < 10**MOST_DIGITS


def _conflicts(rates: Iterable[Rate]) -> Iterator[Problem]:
    """Two different rates of a currency and day: nobody could say which one holds."""
    known: dict[tuple[str, date], Rate] = {}
    for one in rates:
        first = known.setdefault((one.currency, one.day), one)
        if first.rate != one.rate:
            yield _wrong("", f"{one.currency} has two rates on {one.day}, in {one.table} too")
