"""What is still to be used in a period: by weekdays of past weeks, with a range, all exact.

October 2025 begins on a Wednesday; today is Monday, the 20th, unless a case says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from metering.calendar import ONE_DAY
from metering.forecast import Case, Knowledge, Outlook, foretell
from metering.meters import Meter, MeterKind

SMS = Meter("sms", MeterKind.FLOW, "message")
RECORDS = Meter("records", MeterKind.STOCK, "record")
HOURS = Meter("training_hours", MeterKind.FLOW, "hour", decimals=2)
TODAY, LAST = date(2025, 10, 20), date(2025, 10, 31)
WORKDAYS = range(5)


def days(first: date, last: date) -> list[date]:
    """The days from one to another."""
    return [first + n * ONE_DAY for n in range((last - first).days + 1)]


def weekly(units: int, weeks: int, before: date = TODAY) -> dict[date, Decimal]:
    """So many units on each workday of some weeks before a day."""
    own = days(before - timedelta(weeks=weeks), before - ONE_DAY)
    return {day: Decimal(units) for day in own if day.weekday() in WORKDAYS}


def outlook(
    changes: Mapping[date, Decimal],
    meter: Meter = SMS,
    *,
    since: date | None = None,
    today: date = TODAY,
    left: Iterable[date] | None = None,
) -> Outlook:
    """The outlook on the rest of October."""
    start = since or min(changes, default=today)
    return foretell(meter, changes, start, today, days(today, LAST) if left is None else left)


def sums(own: Outlook) -> list[str]:
    """What is to come in the three cases."""
    return [str(own.to_come(case)) for case in Case]


def test_weekends_count_for_what_they_are() -> None:
    """Four weeks of 100 on workdays: of the 12 days left 10 are workdays."""
    own = outlook(weekly(100, 4), since=TODAY - timedelta(weeks=4))
    assert sums(own) == ["1000", "1000", "1000"]
    assert own.days[Case.EXPECTED][date(2025, 10, 25)] == 0
    assert (own.known, own.weeks) == (Knowledge.ENOUGH, 4)


def test_the_range_is_that_of_the_weeks() -> None:
    """Weeks of 500, 500, 400 and 600: a mean of 500, so from four fifths to six fifths."""
    changes = weekly(100, 4)
    for day in changes:
        week = ((TODAY - day).days - 1) // 7
        changes[day] = Decimal({0: 100, 1: 100, 2: 80, 3: 120}.get(week, 100))
    assert sums(outlook(changes, since=TODAY - timedelta(weeks=4))) == ["800", "1000", "1200"]


def test_today_comes_to_what_such_a_day_comes_to() -> None:
    """40 of today's 100 are used: 60 are to come, and 900 on the other workdays."""
    own = outlook({**weekly(100, 4), TODAY: Decimal(40)}, since=TODAY - timedelta(weeks=4))
    assert own.days[Case.EXPECTED][TODAY] == 60
    assert own.to_come(Case.EXPECTED) == 960


def test_a_busy_day_takes_nothing_from_the_others() -> None:
    """250 are used today, more than on such a day: none is to come of it."""
    own = outlook({**weekly(100, 4), TODAY: Decimal(250)}, since=TODAY - timedelta(weeks=4))
    assert own.to_come(Case.EXPECTED) == 900


def test_two_weeks_are_little() -> None:
    """They are alike, but that says little: the range is a half to each side."""
    own = outlook(weekly(100, 2), since=TODAY - timedelta(weeks=2))
    assert (own.known, sums(own)) == (Knowledge.LITTLE, ["500", "1000", "1500"])


def test_before_the_first_week_all_days_are_alike() -> None:
    """Three days of 10, 20 and 30: 20 a day for 12 days, or nothing, or twice as much."""
    changes = {TODAY - n * ONE_DAY: Decimal(10 * n) for n in (1, 2, 3)}
    own = outlook(changes)
    assert (own.known, own.weeks, sums(own)) == (Knowledge.LITTLE, 0, ["0", "240", "480"])


def test_of_the_first_day_nothing_is_foretold() -> None:
    own = outlook({TODAY: Decimal(500)})
    assert (own.known, sums(own)) == (Knowledge.NOTHING, ["0", "0", "0"])


def test_weeks_of_long_ago_do_not_count() -> None:
    """Eight weeks are looked at: the thousands before them are forgotten."""
    before = weekly(5000, 4, TODAY - timedelta(weeks=8))
    own = outlook({**before, **weekly(100, 8)})
    assert (own.weeks, sums(own)[1]) == (8, "1000")


def test_parts_of_units_are_not_lost() -> None:
    """One message in every third week is a third of one on such a day: rounded on the sum."""
    changes = {TODAY - timedelta(weeks=n): Decimal(1) for n in (1, 4)}
    own = outlook(changes, since=TODAY - timedelta(weeks=6))
    assert own.to_come(Case.EXPECTED) == 1  # two Mondays of a third


def test_as_many_digits_as_the_meter_has() -> None:
    """1.25 hours on each of three days: 15 hours on the 12 that are left."""
    changes = {TODAY - n * ONE_DAY: Decimal("1.25") for n in (1, 2, 3)}
    assert sums(outlook(changes, HOURS)) == ["0.00", "15.00", "30.00"]


def test_a_stock_grows_as_it_grew() -> None:
    """70 records a week, 10 a day: 120 more by the month's end."""
    changes = {TODAY - n * ONE_DAY: Decimal(10) for n in range(1, 36)}
    own = outlook(changes, RECORDS)
    assert own.peak(Case.EXPECTED, Decimal(5000), Decimal(5000)) == (Decimal(5120), LAST)


def test_an_import_says_nothing_of_growth() -> None:
    """On one day of five weeks 100,000 records came at once: growth is as on the other days."""
    changes = {TODAY - n * ONE_DAY: Decimal(10) for n in range(1, 36)}
    changes[TODAY - 20 * ONE_DAY] = Decimal(100_000)
    assert outlook(changes, RECORDS).to_come(Case.EXPECTED) == 120


def test_a_falling_stock_keeps_its_peak() -> None:
    changes = {TODAY - n * ONE_DAY: Decimal(-10) for n in range(1, 36)}
    own = outlook(changes, RECORDS)
    assert own.to_come(Case.EXPECTED) == -120
    assert own.peak(Case.EXPECTED, Decimal(5000), Decimal(4650)) == (Decimal(5000), None)


def test_at_the_end_nothing_is_to_come() -> None:
    """The period is over: what is used is what is used."""
    own = outlook(weekly(100, 4), since=TODAY - timedelta(weeks=4), left=[])
    assert sums(own) == ["0", "0", "0"]


# Whatever was used

units = st.integers(0, 10**6).map(Decimal)
changes_of_levels = st.integers(-(10**6), 10**6).map(Decimal)


def histories(values: st.SearchStrategy[Decimal]) -> st.SearchStrategy[dict[date, Decimal]]:
    """Some days around today with what they used."""
    around = st.sampled_from(days(TODAY - 70 * ONE_DAY, LAST))
    return st.dictionaries(around, values, max_size=60)


@given(histories(units), st.integers(0, 80))
def test_flows_keep_their_order_and_are_never_negative(
    changes: dict[date, Decimal], age: int
) -> None:
    own = outlook(changes, since=TODAY - age * ONE_DAY)
    low, expected, high = (own.to_come(case) for case in Case)
    assert 0 <= low <= expected <= high
    assert all(coming >= 0 for case in Case for coming in own.days[case].values())


@given(histories(changes_of_levels), st.integers(0, 80), units)
def test_levels_keep_their_order_and_the_peak_they_had(
    changes: dict[date, Decimal], age: int, highest: Decimal
) -> None:
    own = outlook(changes, RECORDS, since=TODAY - age * ONE_DAY)
    low, expected, high = (own.peak(case, highest, highest / 2)[0] for case in Case)
    assert highest <= low <= expected <= high


@given(histories(units), st.integers(0, 80))
def test_the_same_history_says_the_same(changes: dict[date, Decimal], age: int) -> None:
    backwards = dict(sorted(changes.items(), reverse=True))
    since = TODAY - age * ONE_DAY
    assert outlook(changes, since=since) == outlook(backwards, since=since)
