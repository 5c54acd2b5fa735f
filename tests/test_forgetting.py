"""Decisions of long ago are forgotten, but never while somebody may ask about them again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from metering import forgetting
from metering.asks import Granted
from metering.forgetting import KEPT_DAYS
from tests.builders import order
from tests.limiting import Counter, counter, left, refusal
from tests.running import balances, differences, place, rows

WINDOW = timedelta(days=KEPT_DAYS)
DAY = timedelta(days=1)


@pytest.fixture
def pro(database: str) -> Iterator[Counter]:
    """The counter of an order of package Pro: 15 queues."""
    place(database, order())
    with counter(database) as own:
        yield own


def remembered(url: str) -> tuple[int, int, int]:
    """How many decisions, reservations and sums are remembered."""
    tables = ("usage_decision", "usage_reservation", "usage_hold")
    one, two, three = (rows(url, f"SELECT count(*) FROM {table}")[0][0] for table in tables)
    return one, two, three


def test_a_request_stands_for_as_long_as_it_may_be_repeated(pro: Counter, database: str) -> None:
    assert left(pro.consume("queues", 5, id="a")) == "10"
    pro.roll()
    pro.now += WINDOW - DAY
    pro.roller.forget(pro.now)
    assert left(pro.consume("queues", 5, id="a")) == "10"
    assert pro.roll() == 0


def test_after_that_it_is_forgotten_and_what_was_used_is_not(pro: Counter, database: str) -> None:
    pro.consume("queues", 5, id="a")
    pro.reserve("queues", 2, id="r")
    pro.commit("r", "part", 1)
    pro.release("r")
    pro.roll()
    pro.now += WINDOW + DAY
    assert pro.roller.forget(pro.now) == 4
    assert remembered(database) == (0, 0, 0)
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(6), 2)
    assert left(pro.consume("queues", 9)) == "0"
    assert differences(database) == []


def test_what_is_in_no_page_yet_is_remembered_however_old(pro: Counter, database: str) -> None:
    pro.consume("queues", 5)
    pro.now += WINDOW + DAY
    assert pro.roller.forget(pro.now) == 0
    assert remembered(database) == (1, 0, 1)


def test_a_part_stands_as_long_as_its_reservation(pro: Counter, database: str) -> None:
    """One that is renewed again and again may be older than anything else."""
    pro.reserve("queues", 10, id="r", ttl=WINDOW + 2 * DAY)
    pro.commit("r", "part", 4)
    pro.roll()
    pro.now += WINDOW + DAY
    assert pro.roller.forget(pro.now) == 0
    again = pro.commit("r", "part", 4)
    assert isinstance(again, Granted)
    assert again.reservation is not None
    assert again.reservation.committed == 4
    pro.release("r")
    pro.roll()
    pro.now += WINDOW + DAY
    assert pro.roller.forget(pro.now) == 3
    assert refusal(pro.commit("r", "part", 4)) == "unknown_reservation"


def test_a_late_repeat_that_says_its_time_is_used_once(pro: Counter, database: str) -> None:
    """The page of its day knows the id still."""
    for _ in range(2):
        assert isinstance(pro.consume("api_calls", 5, id="a", at="2025-10-10 10:00"), Granted)
        pro.roll()
        pro.now += WINDOW + DAY
        pro.roller.forget(pro.now)
    assert balances(database)["acme-main", "2025-10-10", "api_calls"] == (Decimal(5), 1)
    assert differences(database) == []


def test_much_is_forgotten_in_parts(pro: Counter, database: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(forgetting, "MOST", 2)
    for _ in range(5):
        pro.consume("queues")
    pro.roll()
    pro.now += WINDOW + DAY
    assert pro.roller.forget(pro.now) == 6
