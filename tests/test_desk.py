"""The desk: whoever asks is answered, whatever becomes of those who asked at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Event, Thread
from typing import cast

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from metering import limit_queries
from metering.asks import Answer, Ask, Consume, Granted, Refused, Reserve
from metering.deciding import Limits
from metering.desk import Busy, Desk
from tests.builders import order
from tests.limiting import START, counter
from tests.running import place

PATIENCE = 10
NO = Refused("limit_reached", "nothing is left")


class Panic(BaseException):
    """What a library may raise that is no Exception."""


@dataclass
class Rehearsed:
    """Limits that refuse everything; the asks named in ``faulty`` raise. They wait to be opened."""

    faulty: dict[str, BaseException] = field(default_factory=dict)
    groups: list[list[str]] = field(default_factory=list)
    begun: Event = field(default_factory=Event)
    opened: Event = field(default_factory=Event)

    def decide(self, asks: Sequence[Ask], now: Callable[[], datetime]) -> list[Answer]:
        self.begun.set()
        assert self.opened.wait(PATIENCE)
        names = [ask.id for ask in asks if isinstance(ask, Consume)]
        self.groups.append(names)
        for name in names:
            if name in self.faulty:
                raise self.faulty[name]
        return [NO for _ in asks]


@contextmanager
def desk_of(limits: Rehearsed, most_waiting: int = 100) -> Iterator[Desk]:
    """A desk that is busy with a first ask until the limits are opened."""
    desk = Desk(cast(Limits, limits), lambda: START, most_waiting)
    bring(desk, "first")
    assert limits.begun.wait(PATIENCE)
    try:
        yield desk
    finally:
        limits.opened.set()
        desk.close()


def bring(desk: Desk, name: str) -> Future[Answer]:
    return desk.submit(Consume("acme-main", "queues", name, Decimal(1)))


def test_a_caller_who_gives_up_ends_nobody_elses_decision() -> None:
    limits = Rehearsed()
    with desk_of(limits) as desk:
        assert bring(desk, "given up").cancel()
        waiting = bring(desk, "patient")
        limits.opened.set()
        assert waiting.result(PATIENCE) == NO
    assert limits.groups == [["first"], ["patient"]]


def test_when_all_who_wait_give_up_the_next_one_is_answered() -> None:
    limits = Rehearsed()
    with desk_of(limits) as desk:
        assert bring(desk, "given up").cancel()
        limits.opened.set()
        assert bring(desk, "patient").result(PATIENCE) == NO


@pytest.mark.parametrize("error", [KeyError("edition"), Panic()])
def test_a_faulty_request_fails_alone(error: BaseException) -> None:
    limits = Rehearsed({"faulty": error})
    with desk_of(limits) as desk:
        good = [bring(desk, f"good {n}") for n in range(3)]
        faulty = bring(desk, "faulty")
        good += [bring(desk, f"good {n}") for n in range(3, 9)]
        limits.opened.set()
        assert [own.result(PATIENCE) for own in good] == [NO] * 9
        with pytest.raises((KeyError, RuntimeError)):
            faulty.result(PATIENCE)
        assert bring(desk, "later").result(PATIENCE) == NO


def test_without_a_database_all_hear_of_it_at_once() -> None:
    limits = Rehearsed({"second": OperationalError("away")})
    with desk_of(limits) as desk:
        waiting = [bring(desk, name) for name in ("second", "third")]
        limits.opened.set()
        for own in waiting:
            with pytest.raises(OperationalError):
                own.result(PATIENCE)
    assert limits.groups == [["first"], ["second", "third"]]


def test_who_finds_too_many_waiting_is_told_to_come_again() -> None:
    limits = Rehearsed()
    with desk_of(limits, most_waiting=2) as desk:
        waiting = [bring(desk, name) for name in ("second", "third")]
        with pytest.raises(Busy):
            bring(desk, "fourth")
        limits.opened.set()
        assert [own.result(PATIENCE) for own in waiting] == [NO, NO]


def test_a_closing_desk_answers_who_waits_and_takes_nobody_else() -> None:
    limits = Rehearsed()
    with desk_of(limits) as desk:
        waiting = bring(desk, "second")
        closing = Thread(target=desk.close)
        closing.start()
        limits.opened.set()
        closing.join(PATIENCE)
        assert waiting.result(PATIENCE) == NO
        with pytest.raises(Busy):
            bring(desk, "too late")


def test_a_reservation_that_had_to_wait_still_lives_for_its_time(database: str) -> None:
    """Another process decides for the order meanwhile."""
    place(database, order())
    seconds = timedelta(seconds=2)
    with counter(database) as own, psycopg.connect(database) as other:
        other.execute(limit_queries.LOCK_ORDERS.encode(), [["acme-main"]])
        desk = Desk(own.limits, lambda: datetime.now(UTC))
        asked = desk.submit(Reserve("acme-main", "queues", "r", Decimal(1), seconds))
        with pytest.raises(TimeoutError):
            asked.result(1)
        freed = datetime.now(UTC)
        other.rollback()
        answer = asked.result(PATIENCE)
        desk.close()
    assert isinstance(answer, Granted)
    assert answer.reservation is not None
    assert answer.reservation.expires_at >= freed + seconds
