"""How many decisions an order's limit takes from many callers, beside bare updates of one row."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from itertools import count

import psycopg

from billing.settling import limits_of
from entrypoints.bench import made_up
from entrypoints.bench.by_hand import stopwatch
from entrypoints.bench.workbench import ROUNDS, Workbench
from entrypoints.cli.session import Session
from metering.asks import Consume, Refused
from metering.desk import Desk

SECONDS = 4.0
CALLERS = 64
CONNECTIONS = 8
MOST_MILLISECONDS = 20.0

ROW = """
    CREATE TABLE counter (id int PRIMARY KEY, used numeric NOT NULL, most numeric NOT NULL);
    INSERT INTO counter VALUES (1, 0, 1e18)
"""
BARE = "UPDATE counter SET used = used + 1 WHERE id = 1 AND used + 1 <= most RETURNING used"
"""What decides at the least: one row, one condition, no identity, no log, no contract."""


def measure(bench: Workbench) -> tuple[float, float]:
    """Decisions a second, ours and bare; how long ours take is said."""
    ours, bare = [0.0], [0.0]
    with bench.session("decisions", 1) as session:
        url = bench.address("decisions")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(ROW)
        for number in range(1, ROUNDS + 1):
            bench.say(f"deciding, round {number} of {ROUNDS}")
            _flush(url)
            decisions, p99 = _decided(session, number)
            ours.append(decisions)
            bench.say(f"99 of 100 took at most {p99:.1f} ms (due: {MOST_MILLISECONDS:.0f} ms)")
            bare.append(_bare(url))
    return max(ours), max(bare)


def _decided(session: Session, round_: int) -> tuple[float, float]:
    """Decisions a second, and the milliseconds in which 99 of 100 of them were made."""
    desk = Desk(limits_of(session.usage, session.catalog), lambda: made_up.NOW)
    try:
        times = asyncio.run(_asked(desk, round_))
    finally:
        desk.close()
    times.sort()
    return len(times) / SECONDS, times[len(times) * 99 // 100]


async def _asked(desk: Desk, round_: int) -> list[float]:
    """The milliseconds of each decision; callers wait as the requests of the service do."""
    end, numbers = time.perf_counter() + SECONDS, count()
    times: list[float] = []

    async def ask() -> None:
        while time.perf_counter() < end:
            with stopwatch() as seconds:
                own = Consume("order-0", "disk_bytes", f"{round_}-{next(numbers)}", Decimal(1))
                answer = await asyncio.wrap_future(desk.submit(own))
            times.append(seconds() * 1000)
            if isinstance(answer, Refused):
                raise AssertionError(answer.message)

    await asyncio.gather(*(ask() for _ in range(CALLERS)))
    return times


def _flush(url: str) -> None:
    """Has the server write what was measured before to the disk now, and not meanwhile."""
    with psycopg.connect(url) as connection, suppress(psycopg.errors.InsufficientPrivilege):
        connection.execute("CHECKPOINT")


def _bare(url: str) -> float:
    connections = [psycopg.connect(url, autocommit=True) for _ in range(CONNECTIONS)]
    free = list(connections)

    def update() -> None:
        own = free.pop()
        own.execute(BARE).fetchone()
        free.append(own)

    try:
        return _repeated(update, CONNECTIONS) / SECONDS
    finally:
        for own in connections:
            own.close()


def _repeated(step: Callable[[], None], callers: int) -> int:
    """How often some callers do a step, again and again, until the time is over."""
    end = time.perf_counter() + SECONDS

    def repeat(_: int) -> int:
        done = 0
        while time.perf_counter() < end:
            step()
            done += 1
        return done

    with ThreadPoolExecutor(callers) as threads:
        return sum(threads.map(repeat, range(callers)))
