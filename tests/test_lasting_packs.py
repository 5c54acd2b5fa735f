"""Packs that outlive a month: their units are given once, for whatever month (R63)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.builders import local, order, pack
from tests.limiting import Counter, counter, left, refusal
from tests.running import differences, place

HOUR = timedelta(hours=1)


def moment(at: str) -> datetime:
    """A moment by the clock of Warsaw."""
    return datetime.fromisoformat(local(at))


@pytest.fixture
def trained(database: str) -> Iterator[Counter]:
    """The counter of an order with five hours of training, to be used until 19 November."""
    place(database, order(packs=[pack("pack_training_oneoff_5h", at="2025-10-20 09:00")]))
    with counter(database) as own:
        yield own


def test_hours_kept_in_october_are_not_free_in_november(trained: Counter, database: str) -> None:
    trained.now = moment("2025-10-31 23:30")
    assert left(trained.reserve("training_hours", 5, id="course", ttl=2 * HOUR)) == "0"
    trained.now = moment("2025-11-01 00:10")
    assert refusal(trained.consume("training_hours", 5)) == "limit_reached 0"
    assert left(trained.commit("course", "first", 5)) == "0"
    trained.roll()
    assert refusal(trained.consume("training_hours", 1)) == "limit_reached 0"
    assert differences(database) == []


def test_hours_of_october_that_are_in_no_page_yet_are_not_free_in_november(
    trained: Counter,
) -> None:
    trained.now = moment("2025-11-01 00:00")
    assert left(trained.consume("training_hours", 3, at="2025-10-31 23:59")) == "2"
    assert refusal(trained.consume("training_hours", 3)) == "limit_reached 2"
    assert left(trained.consume("training_hours", 2)) == "0"


@pytest.mark.parametrize("in_pages", [True, False])
def test_hours_used_in_november_are_not_given_to_october(trained: Counter, in_pages: bool) -> None:
    trained.now = moment("2025-11-02 00:00")
    assert left(trained.consume("training_hours", 3)) == "2"
    if in_pages:
        trained.roll()
    late = refusal(trained.consume("training_hours", 3, at="2025-10-31 23:59"))
    assert late.startswith("limit_reached 2")
    rest = trained.consume("training_hours", 2, at="2025-10-31 23:59")
    assert not Decimal(left(rest) or "1")


def test_hours_kept_of_a_months_own_pack_leave_those_of_the_next(database: str) -> None:
    place(database, order(packs=[pack("pack_training_recurring_5h", at="2025-10-20 09:00")]))
    with counter(database) as own:
        own.now = moment("2025-10-31 23:30")
        assert left(own.reserve("training_hours", 5, ttl=2 * HOUR)) == "0"
        own.now = moment("2025-11-01 00:10")
        assert left(own.consume("training_hours", 5)) == "0"
