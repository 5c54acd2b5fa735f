"""Many callers at once, and a kill at any moment: no limit is overshot, no yes is forgotten."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from metering.asks import Ask, Consume, Granted, Reserve
from metering.desk import Desk
from tests.builders import order
from tests.limiting import MINUTE, Counter, counter
from tests.running import balances, differences, environment, place, rows

CALLERS = 64


@contextmanager
def desk(own: Counter) -> Iterator[Desk]:
    """A desk at the counter of an order."""
    opened = Desk(own.limits, lambda: own.now)
    try:
        yield opened
    finally:
        opened.close()


def granted(own: Desk, asks: Sequence[Ask]) -> int:
    """How many of some asks are granted when all come at once."""
    with ThreadPoolExecutor(CALLERS) as callers:
        return sum(isinstance(answer, Granted) for answer in callers.map(own.ask, asks))


def consumption(number: int, units: int = 1) -> Consume:
    return Consume("acme-main", "queues", f"c{number}", Decimal(units))


def test_sixty_four_callers_get_what_there_is_and_no_more(database: str) -> None:
    place(database, order())
    with counter(database) as own, desk(own) as opened:
        assert granted(opened, [consumption(n) for n in range(400)]) == 15
        own.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(15), 15)
    assert differences(database) == []


def test_the_same_requests_from_everywhere_count_once(database: str) -> None:
    place(database, order())
    with counter(database) as own, desk(own) as opened:
        assert granted(opened, [consumption(n % 10) for n in range(300)]) == 300
        own.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(10), 10)


def test_a_user_gets_one_seat_however_many_ask(database: str) -> None:
    place(database, order())
    with counter(database) as own, desk(own) as opened:
        asks = [
            Reserve("acme-main", "sessions", f"s{n}", Decimal(1), MINUTE, f"agent{n % 5}")
            for n in range(200)
        ]
        assert granted(opened, asks) == 5


def test_two_desks_are_asked_for_the_same_reservations_of_two_orders(database: str) -> None:
    place(database, order(), order(id="acme-second"))
    with (
        counter(database) as one,
        counter(database) as two,
        desk(one) as a,
        desk(two) as b,
        ThreadPoolExecutor(2) as both,
    ):
        ids = [f"r{n}" for n in range(200)]
        asks = [keeping("acme-main", key) for key in ids]
        others = [keeping("acme-second", key) for key in reversed(ids)]
        first, second = both.submit(granted, a, asks), both.submit(granted, b, others)
        assert first.result() + second.result() == len(ids)


def keeping(key: str, reservation: str) -> Reserve:
    return Reserve(key, "disk_bytes", reservation, Decimal(1), MINUTE)


def test_two_desks_share_what_there_is(database: str) -> None:
    place(database, order())
    with (
        counter(database) as one,
        counter(database) as two,
        desk(one) as a,
        desk(two) as b,
        ThreadPoolExecutor(2) as both,
    ):
        first = both.submit(granted, a, [consumption(n) for n in range(100)])
        second = both.submit(granted, b, [consumption(n + 1000) for n in range(100)])
        assert first.result() + second.result() == 15


def test_decisions_and_their_rolling_at_the_same_time(database: str) -> None:
    place(database, order("standard"), order("enterprise", id="acme-second"))
    with counter(database) as own, counter(database) as other, desk(own) as opened:
        asks: list[Ask] = [
            Consume(key, "disk_bytes", f"{key}{n}", Decimal(10**8))
            for n in range(600)
            for key in ("acme-main", "acme-second")
        ]
        with ThreadPoolExecutor(3) as threads:
            deciding = threads.submit(granted, opened, asks)
            rolling = [threads.submit(roll_until, own, deciding.done) for own in (own, other)]
            assert deciding.result() == 400
            for one in rolling:
                one.result()
        own.roll()
    used = {key[0]: sum_ for key, (sum_, _) in balances(database).items()}
    assert used == {"acme-main": 20 * 10**9, "acme-second": 20 * 10**9}
    assert differences(database) == []


def roll_until(own: Counter, done: object) -> None:
    """Rolls again and again until something is done."""
    while not done():  # type: ignore[operator]
        own.roll()


# A kill at any moment

WORKER = """
import sys
from datetime import timedelta
from decimal import Decimal
from tests.limiting import START, counter
from metering.asks import Consume, Granted

url, name = sys.argv[1:]
with counter(url) as own:
    for number in range(100_000):
        ask = Consume("acme-main", "disk_bytes", f"{name}-{number}", Decimal(10**6))
        answer = own.limits.decide([ask], START)[0]
        if isinstance(answer, Granted):
            print(ask.id, flush=True)
        if number % 7 == 0:
            own.roll()
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_was_granted_before_a_kill_is_used_and_nothing_else(database: str, seed: int) -> None:
    chance = random.Random(seed)
    place(database, order())
    told: list[str] = []
    for round_ in range(3):
        workers = [start_worker(database, f"{round_}{name}") for name in "ab"]
        told += [heard for worker in workers if (heard := first_line(worker))]
        time.sleep(chance.random())
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
            out, _ = worker.communicate()
            told += out.splitlines()
    assert told
    recorded = {key for (key,) in rows(database, "SELECT id FROM usage_decision")}
    assert set(told) <= recorded
    assert len(recorded) - len(told) <= 6  # the last of each worker may not have been heard
    with counter(database) as own:
        own.roll()
    ((used, entries),) = balances(database).values()
    assert (used, entries) == (Decimal(len(recorded)) * 10**6, len(recorded))
    assert used <= 20 * 10**9
    assert differences(database) == []


def first_line(worker: subprocess.Popen[str]) -> str:
    """What a worker says first, when it has come to that."""
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def start_worker(url: str, name: str) -> subprocess.Popen[str]:
    """A process that asks for disk space, one request after another."""
    root = Path(__file__).parent.parent
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, url, name],
        cwd=root,
        env={**environment(None), "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
