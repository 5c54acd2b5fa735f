"""Reaction and repair: when they are due, and the full hours or days after that (R100-R109).

Both clocks run in service hours alone, and stand still while the provider waits for the client.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import count

from billing.calendar import is_business_day
from billing.catalog.document import Priority, ServiceHoursForm, SlaLevelForm
from billing.sla.record import Incident
from billing.sla.service_time import Stretch, length, served, service_day, windows, without
from metering.calendar import ONE_DAY, local_day

NEXT_BUSINESS_DAY = "NDR"
BUSINESS_DAYS = "DR"
HOUR = timedelta(hours=1) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """When the reaction to an incident and its repair are due; None where nothing is promised."""

    reaction: datetime | None
    repair: datetime | None


def deadlines(level: SlaLevelForm, incident: Incident, now: datetime) -> Deadlines:
    """Both deadlines of an incident, as far as its clocks have started (R103-R107)."""
    waits = incident.waits(now)
    return Deadlines(
        _due(level, _limit(level.reaction, incident), incident.reported, waits),
        _due(level, _limit(level.repair, incident), incident.qualified, waits),
    )


def _limit(limits: Mapping[Priority, str], incident: Incident) -> str | None:
    return None if incident.priority is None else limits.get(incident.priority)


def _due(
    level: SlaLevelForm, limit: str | None, start: datetime | None, waits: list[Stretch]
) -> datetime | None:
    if limit is None or start is None:
        return None
    return due(level.hours, limit, start, waits)


def due(
    hours: ServiceHoursForm, limit: str, start: datetime, waits: Iterable[Stretch] = ()
) -> datetime:
    """When a limit such as ``0.5h``, ``NDR`` or ``7DR`` that runs from an instant is over.

    ``waits`` is the time of the client's own actions: it does not count.
    """
    return after(running(hours, start, waits), service_time(hours, limit, start))


def service_time(hours: ServiceHoursForm, limit: str, start: datetime) -> timedelta:
    """The service time that a limit is, from an instant.

    A limit in Business Days ends with the service window of the n-th Business Day after that on
    which the clock starts (R106).
    """
    if limit.endswith("h"):
        return timedelta(microseconds=int(Fraction(limit[:-1]) * HOUR))
    days = 1 if limit == NEXT_BUSINESS_DAY else int(limit.removesuffix(BUSINESS_DAYS))
    first = next(running(hours, start)).start
    last = nth_business_day(local_day(first), days)
    return length(served(hours, Stretch(first, service_day(hours, last).end)))


def nth_business_day(day: date, n: int) -> date:
    """The n-th Business Day after a day."""
    while n:
        day += ONE_DAY
        n -= is_business_day(day)
    return day


def running(
    hours: ServiceHoursForm, start: datetime, waits: Iterable[Stretch] = ()
) -> Iterator[Stretch]:
    """The service time from an instant on in which a clock runs; it has no end."""
    stopped = list(waits)
    for window in windows(hours, (local_day(start) + n * ONE_DAY for n in count())):
        rest = Stretch(max(start, window.start), window.end)
        if rest.start < rest.end:
            yield from without([rest], stopped)


def after(clock: Iterable[Stretch], time: timedelta) -> datetime:
    """The first instant at which a clock has run for some time, which is more than none."""
    for stretch in clock:
        if time <= stretch.end - stretch.start:
            return stretch.start + time
        time -= stretch.end - stretch.start
    raise ValueError("the clock stops before the time is over")


def full_units(level: SlaLevelForm, incident: Incident, until: datetime) -> Iterator[datetime]:
    """The instants at which full hours or days beyond the repair time were completed (R108).

    An incident that is not repaired runs to ``until``. A full day is that of the level's service
    hours; only time in which the service was unavailable counts (R109).
    """
    end = min(incident.repaired or until, until)
    deadline = deadlines(level, incident, end).repair
    if deadline is None or level.penalty is None or deadline >= end:
        return
    unit = timedelta(hours=1) if level.penalty.per == "hour" else _day(level.hours)
    clock = running(level.hours, deadline, incident.waits(end))
    yield from _completed(clock, unit, end)


def _day(hours: ServiceHoursForm) -> timedelta:
    """The service time of a day without a clock change."""
    window = service_day(hours, date(2025, 1, 2))
    return window.end - window.start


def _completed(clock: Iterable[Stretch], unit: timedelta, end: datetime) -> Iterator[datetime]:
    rest = unit
    for stretch in clock:
        start = stretch.start
        while start + rest <= min(stretch.end, end):
            start += rest
            rest = unit
            yield start
        if stretch.end >= end:
            return
        rest -= stretch.end - start
