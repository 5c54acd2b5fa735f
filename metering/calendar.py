"""Days and billing periods in the time zone of the service, Europe/Warsaw.

Instants are half-open: a day and a period end where the next one begins (R6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")
ONE_DAY = timedelta(days=1)

_PERIOD = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


def local_day(instant: datetime) -> date:
    """The day in Warsaw on which an instant falls."""
    return instant.astimezone(WARSAW).date()


@lru_cache(maxsize=4096)
def start_of(day: date) -> datetime:
    """The instant at which a day begins in Warsaw, in UTC so that differences are real time."""
    return datetime.combine(day, time(), WARSAW).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The instant at which a day ends, which is the start of the next one."""
    return start_of(day + ONE_DAY)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A billing period: one calendar month in Warsaw (R6)."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> Period:
        """Reads ``YYYY-MM``; anything else is a ValueError."""
        match = _PERIOD.fullmatch(text)
        if match is None or not 2000 <= int(match[1]) <= 2199:
            raise ValueError(f"{text!r} is not a period: write it as YYYY-MM, for example 2025-10")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Period:
        """The period a day belongs to."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.next().first_day - ONE_DAY

    @property
    def days(self) -> int:
        return self.last_day.day

    @property
    def start(self) -> datetime:
        return start_of(self.first_day)

    @property
    def end(self) -> datetime:
        return self.next().start

    def next(self) -> Period:
        """The period that follows."""
        return Period(self.year + self.month // 12, self.month % 12 + 1)

    def before(self) -> Period:
        """The period before it."""
        return Period.of(self.first_day - ONE_DAY)

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def periods(first: Period, last: Period) -> Iterator[Period]:
    """Every period from the first to the last, both included."""
    while first <= last:
        yield first
        first = first.next()


@dataclass(frozen=True, slots=True)
class Span:
    """Days of service from ``start`` to ``end``, both included; without ``end`` it is open."""

    start: date
    end: date | None = None

    def __contains__(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day <= self.end)

    def within(self, other: Span) -> Span | None:
        """The days common to both spans, None if there are none."""
        ends = [end for end in (self.end, other.end) if end is not None]
        common = Span(max(self.start, other.start), min(ends, default=None))
        return common if common.end is None or common.start <= common.end else None

    def days_in(self, period: Period) -> int:
        """How many days of a period the span covers."""
        common = self.within(Span(period.first_day, period.last_day))
        if common is None or common.end is None:
            return 0
        return (common.end - common.start).days + 1

    def interval(self) -> Interval:
        """The instants the days cover."""
        return Interval(start_of(self.start), None if self.end is None else end_of(self.end))


@dataclass(frozen=True, slots=True)
class Interval:
    """Instants from ``start`` up to, not including, ``end``; without ``end`` it is open."""

    start: datetime
    end: datetime | None = None

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant and (self.end is None or instant < self.end)
