"""Business Days and public holidays of Poland (R97)."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from holidays import country_holidays

SATURDAY = 5


@lru_cache(maxsize=256)
def public_holidays(year: int) -> frozenset[date]:
    """The days of a year that the law makes free of work, Sundays that are no feast not among them.

    Since 2025 Christmas Eve is one of them (Act of 18 January 1951 on days free from work, as
    amended).
    """
    return frozenset(country_holidays("PL", years=year))


def is_public_holiday(day: date) -> bool:
    """Whether a day is a public holiday."""
    return day in public_holidays(day.year)


def is_business_day(day: date) -> bool:
    """Whether a day is a Business Day: Monday to Friday, and no public holiday."""
    return day.weekday() < SATURDAY and not is_public_holiday(day)
