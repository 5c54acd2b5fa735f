"""What an order used of each meter day by day, for charts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from metering import queries
from metering.calendar import ONE_DAY, Period, start_of
from metering.history import BalanceRow, Rows


@dataclass(frozen=True, slots=True)
class DayUse:
    """What was used on a day; of a stock meter the highest level of the day."""

    day: date
    used: Decimal


NOTHING = Decimal(0)


def read_days(rows: Rows, order: str, period: Period, today: date) -> dict[str, list[DayUse]]:
    """Every day of a period in order, for each meter that an order used in it or still holds."""
    asked = {"order": order, "first": period.first_day, "last": period.last_day}
    openings = rows(queries.OPENING_LEVELS, orders=[order], first=period.first_day)
    levels = {row["meter"]: row["used"] for row in openings}
    return days_of(rows(queries.BALANCES_OF_ORDER, **asked), levels, period, today)


def days_of(
    balances: Iterable[BalanceRow], levels: Mapping[str, Decimal], period: Period, today: date
) -> dict[str, list[DayUse]]:
    """The days that balances tell of; ``levels`` are those of stock meters before the period.

    A level lives on from day to day, but not into the days after ``today``.
    """
    rows = list(balances)
    by_day = {(row["meter"], row["day"]): row for row in rows}
    stock = {*levels, *(row["meter"] for row in rows if row["peak"] is not None)}
    days = [period.first_day + n * ONE_DAY for n in range(period.days)]
    found: dict[str, list[DayUse]] = {}
    for meter in sorted({*levels, *(row["meter"] for row in rows)}):
        own = {day: by_day[meter, day] for day in days if (meter, day) in by_day}
        if meter in stock:
            found[meter] = _highest(own, levels.get(meter, NOTHING), days, today)
        else:
            found[meter] = [
                DayUse(day, own[day]["used"] if day in own else NOTHING) for day in days
            ]
    return found


def _highest(
    balances: Mapping[date, BalanceRow], level: Decimal, days: Iterable[date], today: date
) -> list[DayUse]:
    """The highest level of each day; a level that no change has touched that day counts too."""
    found = []
    for day in days:
        row = balances.get(day)
        highest = level if row is None else level + row["peak"]
        if row is not None and row["first_at"] > start_of(day):
            highest = max(level, highest)
        shown = row is not None or day <= today
        found.append(DayUse(day, max(highest, NOTHING) if shown else NOTHING))
        level += row["used"] if row is not None else NOTHING
    return found
