"""Service time, availability and credits in worked figures (R86-R93, R97, R98)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.calendar import is_business_day, is_public_holiday, public_holidays
from billing.sla.availability import Availability, availability, credit_percent
from billing.sla.service_time import IS_SERVED, Stretch, length, served, whole
from metering.calendar import WARSAW, Period
from tests.builders import catalog

LEVELS = ("standard", "progres", "progres_plus", "premium")
NOVEMBER = Period(2025, 11)
MINUTE = timedelta(minutes=1)


def at(day: int, clock: str, month: int = 11, year: int = 2025) -> datetime:
    """An instant of local time."""
    hour, minute = map(int, clock.split(":"))
    local = datetime(year, month, day, tzinfo=WARSAW) + timedelta(hours=hour, minutes=minute)
    return local.astimezone(UTC)


def stretch(day: int, start: str, end: str) -> Stretch:
    """Hours of a day in November 2025."""
    return Stretch(at(day, start), at(day, end))


FAILURES = [
    stretch(10, "16:30", "19:15"),
    stretch(11, "10:00", "12:00"),
    stretch(19, "19:30", "20:45"),
]
WORK = [stretch(16, "05:00", "07:00"), stretch(19, "20:00", "24:00")]
"""Failures of critical functions, and announced work; the last ones overlap."""


def measured(level: str, failures: list[Stretch], work: list[Stretch]) -> Availability:
    """The availability of a level in November 2025."""
    return availability(catalog().sla_levels[level].hours, whole(NOVEMBER), failures, work)


def credit(level: str, own: Availability) -> Decimal:
    return credit_percent(catalog().sla_levels[level], own.percent)


@pytest.mark.parametrize(
    ("level", "service", "excluded", "failed", "shown", "earned"),
    [
        ("standard", 11400, 0, 90, "99.2105", 0),
        ("progres", 18240, 120, 195, "98.9238", 10),
        ("progres_plus", 26880, 180, 195, "99.2697", 5),
        ("premium", 43200, 360, 315, "99.2647", 10),
    ],
)
def test_a_worked_month(
    level: str, service: int, excluded: int, failed: int, shown: str, earned: int
) -> None:
    """R87, R88: work that overlaps is taken from the failure; only service hours count."""
    own = measured(level, FAILURES, WORK)
    minutes = [time // MINUTE for time in (own.service, own.excluded, own.failed)]
    assert minutes == [service, excluded, failed]
    assert own.shown == Decimal(shown)
    assert credit(level, own) == earned


@pytest.mark.parametrize(
    ("level", "minutes", "earned"),
    [
        ("standard", 114, 0),
        ("standard", 115, 5),
        ("standard", 228, 5),
        ("standard", 229, 10),
        ("standard", 342, 10),
        ("standard", 343, 15),
        ("premium", 43, 0),
        ("premium", 44, 5),
        ("premium", 216, 5),
        ("premium", 217, 10),
        ("premium", 432, 10),
        ("premium", 433, 15),
        ("progres", 91, 0),
        ("progres", 92, 5),
        ("progres", 183, 10),
        ("progres", 365, 15),
        ("progres_plus", 269, 10),
        ("usercom", 40_000, 0),
    ],
)
def test_a_step_counts_strictly_below_it(level: str, minutes: int, earned: int) -> None:
    """R93: exactly on a step earns nothing of it; only the highest step counts."""
    hours = catalog().sla_levels[level].hours
    own = availability(hours, whole(NOVEMBER), first_minutes(level, minutes), [])
    assert own.failed == minutes * MINUTE
    assert credit(level, own) == earned


def first_minutes(level: str, minutes: int) -> list[Stretch]:
    """The first minutes of a month's service time."""
    left, found = minutes * MINUTE, []
    for window in served(catalog().sla_levels[level].hours, whole(NOVEMBER)):
        end = min(window.end, window.start + left)
        if window.start < end:
            found.append(Stretch(window.start, end))
        left -= end - window.start
    return found


def test_what_is_shown_is_rounded_and_what_is_compared_is_not() -> None:
    """R92: 98.99999 % is shown as 99.0000 and earns the five percent all the same."""
    own = Availability(timedelta(hours=1000), timedelta(hours=10, milliseconds=36), timedelta())
    assert own.percent == Fraction(98_999_999, 1_000_000)
    assert own.shown == Decimal("99.0000")
    assert credit("standard", own) == 5


def test_an_hour_more_in_october_is_an_hour_of_service() -> None:
    """R98: with 44 minutes and 40 seconds of failure the clock change decides."""
    failure = Stretch(at(1, "00:00", 10), at(1, "00:44", 10) + timedelta(seconds=40))
    hours = catalog().sla_levels["premium"].hours
    own = availability(hours, whole(Period(2025, 10)), [failure], [])
    assert own.service == timedelta(hours=745)
    assert own.shown == Decimal("99.9001")
    assert credit("premium", own) == 0


def test_where_nothing_can_be_measured_all_was_available() -> None:
    """R91: the whole month was announced work."""
    own = measured("premium", FAILURES, [whole(NOVEMBER)])
    assert (own.percent, own.failed) == (Fraction(100), timedelta())
    assert credit("premium", own) == 0


MONTHS = [Period(2025, month) for month in range(3, 13)] + [Period(2026, 1), Period(2026, 2)]
SERVICE_HOURS = {
    "standard": (210, 210, 210, 200, 230, 200, 220, 230, 190, 200, 200, 200),
    "progres": (336, 336, 336, 320, 368, 320, 352, 368, 304, 320, 320, 320),
    "progres_plus": (496, 448, 464, 448, 496, 480, 480, 496, 448, 448, 464, 448),
    "premium": (743, 720, 744, 720, 744, 744, 720, 745, 720, 744, 744, 672),
}


@pytest.mark.parametrize("level", LEVELS)
def test_service_hours_of_each_month(level: str) -> None:
    """R86, R97, R98: holidays, weekends and clock changes of a year."""
    hours = catalog().sla_levels[level].hours
    lengths = [length(served(hours, whole(month))) for month in MONTHS]
    assert lengths == [timedelta(hours=own) for own in SERVICE_HOURS[level]]


def test_christmas_eve_is_free_since_2025() -> None:
    """R97."""
    eves = [is_public_holiday(date(year, 12, 24)) for year in (2024, 2025, 2026)]
    assert eves == [False, True, True]
    assert len(public_holidays(2025)) == 14


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    """Some time in and around November 2025, to the minute."""
    found = []
    for _ in range(draw(st.integers(0, 5))):
        start = at(1, "00:00") + MINUTE * draw(st.integers(-1000, 44_000))
        found.append(Stretch(start, start + MINUTE * draw(st.integers(1, 3000))))
    return found


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=15)
@given(failures=stretches(), work=stretches())
def test_a_walk_minute_by_minute_agrees(
    level: str, failures: list[Stretch], work: list[Stretch]
) -> None:
    """A second calculation, slow and obvious."""
    own = measured(level, failures, work)
    served_minutes, failed, excluded = walked(level, failures, work)
    counted = [time // MINUTE for time in (own.service, own.failed, own.excluded)]
    assert counted == [served_minutes, failed, excluded]


def walked(level: str, failures: list[Stretch], work: list[Stretch]) -> tuple[int, int, int]:
    """The minutes of service, failure and announced work, looked at one by one."""
    hours = catalog().sla_levels[level].hours
    is_served = IS_SERVED[hours.days]
    counts = [0, 0, 0]
    now = NOVEMBER.start
    while now < NOVEMBER.end:
        local = now.astimezone(WARSAW)
        clock = f"{local:%H:%M}"
        if is_served(local.date()) and hours.opens <= clock < hours.closes:
            counts[0] += 1
            if any(own.start <= now < own.end for own in work):
                counts[2] += 1
            elif any(own.start <= now < own.end for own in failures):
                counts[1] += 1
        now += MINUTE
    return counts[0], counts[1], counts[2]


def test_business_days_are_neither_weekends_nor_holidays() -> None:
    """R97: November 2025 has nineteen."""
    days = [at(day, "12:00").date() for day in range(1, 31)]
    assert sum(map(is_business_day, days)) == 19


@pytest.mark.parametrize(
    ("month", "allowed"),
    [((2026, 2), "8.064"), ((2028, 2), "8.352"), ((2026, 4), "8.64"), ((2026, 1), "8.928")],
)
def test_so_long_may_a_service_of_user_com_be_down(month: tuple[int, int], allowed: str) -> None:
    """99.98 % of 28, 29, 30 and 31 days; a second more is below it (R157)."""
    level, period = catalog().sla_levels["usercom"], Period(*month)
    down = timedelta(seconds=round(Fraction(allowed) * 60))
    exact = timedelta(microseconds=int(Fraction(allowed) * 60_000_000))
    whole_month = whole(period)
    reached = availability(
        level.hours, whole_month, [Stretch(period.start, period.start + exact)], []
    )
    assert reached.percent == Fraction("99.98")
    longer = Stretch(period.start, period.start + down + timedelta(seconds=1))
    assert availability(level.hours, whole_month, [longer], []).percent < Fraction("99.98")
    assert credit_percent(level, Fraction(0)) == 0
