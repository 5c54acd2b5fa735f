"""Service time: when a level is served, in exact instants (R86, R97, R98).

Windows are local hours; their instants follow the clock changes, so a day of 24 hours may be served
for 23 or 25.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from billing.calendar import is_business_day, is_public_holiday
from billing.catalog.document import ServiceHoursForm
from metering.calendar import ONE_DAY, WARSAW, Period, end_of, local_day, start_of

MIDNIGHT = "24:00"

IS_SERVED: Mapping[str, Callable[[date], bool]] = {
    "business_days": is_business_day,
    "all_but_holidays": lambda day: not is_public_holiday(day),
    "every_day": lambda _: True,
}
"""On which days a level is served."""


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Time from ``start`` up to, not including, ``end``."""

    start: datetime
    end: datetime

    def within(self, other: Stretch) -> Stretch | None:
        """The time common to both, None if there is none."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Stretch(start, end) if start < end else None


def whole(period: Period) -> Stretch:
    """All of a billing period."""
    return Stretch(period.start, period.end)


def windows(hours: ServiceHoursForm, days: Iterable[date]) -> Iterator[Stretch]:
    """The service windows of those of some days that have one."""
    return (service_day(hours, day) for day in days if IS_SERVED[hours.days](day))


def service_day(hours: ServiceHoursForm, day: date) -> Stretch:
    """The service window of a day on which there is service."""
    return _window(hours.opens, hours.closes, day)


@lru_cache(maxsize=4096)
def _window(opens: str, closes: str, day: date) -> Stretch:
    end = end_of(day) if closes == MIDNIGHT else _at(day, closes)
    return Stretch(start_of(day) if opens == "00:00" else _at(day, opens), end)


def _at(day: date, local: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(local), WARSAW).astimezone(UTC)


def served(hours: ServiceHoursForm, stretch: Stretch) -> Iterator[Stretch]:
    """The service time within a stretch, window after window."""
    first, last = local_day(stretch.start), local_day(stretch.end)
    days = (first + n * ONE_DAY for n in range((last - first).days + 1))
    for window in windows(hours, days):
        common = window.within(stretch)
        if common is not None:
            yield common


def united(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same time, in order, in stretches that neither overlap nor touch."""
    joined: list[Stretch] = []
    for own in sorted(stretches):
        if joined and own.start <= joined[-1].end:
            joined[-1] = Stretch(joined[-1].start, max(joined[-1].end, own.end))
        else:
            joined.append(own)
    return joined


def without(stretches: Iterable[Stretch], taken: Iterable[Stretch]) -> Iterator[Stretch]:
    """The time of some stretches that is not in others."""
    holes = united(taken)
    for own in united(stretches):
        start = own.start
        for hole in holes:
            if hole.end > start and hole.start < own.end:
                if start < hole.start:
                    yield Stretch(start, hole.start)
                start = max(start, hole.end)
        if start < own.end:
            yield Stretch(start, own.end)


def length(stretches: Iterable[Stretch]) -> timedelta:
    """How long some stretches are together; they must not overlap."""
    return sum((own.end - own.start for own in stretches), timedelta())
