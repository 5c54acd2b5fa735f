"""Days and billing periods in the time zone of the service (R6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.calendar import (
    WARSAW,
    Interval,
    Period,
    Span,
    end_of,
    local_day,
    periods,
    start_of,
)

OCTOBER = Period(2025, 10)


def test_a_period_is_written_as_year_and_month() -> None:
    """Contract: `YYYY-MM`."""
    assert str(Period.parse("2025-10")) == "2025-10"


@pytest.mark.parametrize("text", ["2025-13", "2025-00", "2025-1", "25-10", "2025-10-01", ""])
def test_anything_else_is_not_a_period(text: str) -> None:
    """Contract: a mistake names the right form."""
    with pytest.raises(ValueError, match="write it as YYYY-MM"):
        Period.parse(text)


def test_a_period_starts_at_midnight_in_warsaw() -> None:
    """R6: October starts in summer time and ends in winter time."""
    assert datetime(2025, 9, 30, 22, tzinfo=UTC) == OCTOBER.start
    assert datetime(2025, 10, 31, 23, tzinfo=UTC) == OCTOBER.end


def test_a_period_does_not_hold_the_instant_at_which_it_ends() -> None:
    """R6: periods are half-open."""
    assert OCTOBER.start in OCTOBER
    assert OCTOBER.end - timedelta(microseconds=1) in OCTOBER
    assert OCTOBER.end not in OCTOBER


@pytest.mark.parametrize(("month", "hours"), [(3, 743), (9, 720), (10, 745), (12, 744)])
def test_a_month_with_a_change_of_the_clocks_is_an_hour_shorter_or_longer(
    month: int, hours: int
) -> None:
    """R6: differences of instants are real time."""
    period = Period(2025, month)
    assert period.end - period.start == timedelta(hours=hours)


def test_the_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    """R6: 2025-10-26."""
    assert end_of(date(2025, 10, 26)) - start_of(date(2025, 10, 26)) == timedelta(hours=25)


def test_an_instant_late_in_the_evening_of_utc_is_the_next_day_in_warsaw() -> None:
    """R6: days are those of Europe/Warsaw."""
    assert local_day(datetime(2025, 10, 4, 22, tzinfo=UTC)) == date(2025, 10, 5)
    assert local_day(datetime(2025, 10, 4, 21, 59, tzinfo=UTC)) == date(2025, 10, 4)


def test_december_is_followed_by_january() -> None:
    """R6: months of the calendar."""
    assert Period(2025, 12).next() == Period(2026, 1)
    assert list(periods(Period(2025, 11), Period(2026, 2)))[-1] == Period(2026, 2)


def test_a_leap_february_has_29_days() -> None:
    """R6: proration divides by the days of the month."""
    assert [Period(year, 2).days for year in (2027, 2028)] == [28, 29]


def test_the_last_day_of_a_span_belongs_to_it() -> None:
    """Contract: `to` and `end_date` are inclusive."""
    span = Span(date(2025, 10, 1), date(2025, 10, 17))
    assert date(2025, 10, 17) in span
    assert date(2025, 10, 18) not in span


def test_a_span_counts_its_days_in_a_period() -> None:
    """R15: 17 days from the 15th to the end of October."""
    assert Span(date(2025, 10, 15)).days_in(OCTOBER) == 17
    assert Span(date(2025, 9, 1), date(2025, 10, 1)).days_in(OCTOBER) == 1
    assert Span(date(2025, 11, 1)).days_in(OCTOBER) == 0


def test_two_spans_without_a_common_day_have_none() -> None:
    """One ends on the day before the other starts."""
    earlier, later = Span(date(2025, 10, 1), date(2025, 10, 9)), Span(date(2025, 10, 10))
    assert earlier.within(later) is None
    assert later.within(earlier) is None


def test_an_open_span_within_an_open_span_stays_open() -> None:
    """An order without an end."""
    assert Span(date(2025, 10, 1)).within(Span(date(2025, 9, 1))) == Span(date(2025, 10, 1))


def test_the_instants_of_a_span_end_at_the_midnight_after_its_last_day() -> None:
    """Contract: instants are half-open."""
    instants = Span(date(2025, 10, 1), date(2025, 10, 31)).interval()
    assert instants == Interval(OCTOBER.start, OCTOBER.end)
    assert OCTOBER.end not in instants
    assert OCTOBER.end in Span(date(2025, 10, 1)).interval()


@given(st.integers(min_value=0, max_value=4 * 366 * 86400))
def test_every_instant_lies_in_the_period_of_its_local_day(seconds: int) -> None:
    """R6: no instant is lost between two periods, none lies in both."""
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    period = Period.of(local_day(at))
    assert at in period
    assert at not in period.next()
    assert at.astimezone(WARSAW).month == period.month
