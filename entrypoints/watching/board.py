"""The board: what is seen now, read once for all who look at it in this process.

One thread reads every two seconds while somebody looks, and not at all when nobody does. Limits and
Kafka cost more than the rest, so each takes at most a twentieth of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Any

from entrypoints.cli.session import Session
from entrypoints.http.logs import described, log
from entrypoints.kafka.lag import lag_of
from entrypoints.watching import queries
from entrypoints.watching.reading import (
    MOST_SHOWN,
    Intake,
    Troubles,
    read_intake,
    read_reservations,
    read_troubles,
)
from invoices.fullness import Limits, Watch
from metering.problems import ProblemsFound

EVERY_SECONDS = 2.0
FRESH = timedelta(seconds=EVERY_SECONDS)
REST = 20
"""A costly look is followed by so many times its length without one."""
LEAST_REST, KAFKA_REST = 2.0, 10.0
MOST_SOURCES = 12
FULL = 100
"""Percent."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in Kafka. ``away`` says why that is not known."""

    lag: int | None = None
    away: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen at a moment. ``kafka`` is None where none is set."""

    at: datetime
    intake: Intake
    sources: tuple[tuple[str, datetime], ...]
    limits: Limits
    reservations: tuple[dict[str, Any], ...]
    reservations_count: int
    troubles: Troubles
    kafka: Waiting | None
    number: int = 0
    is_stale: bool = False

    @property
    def full(self) -> int:
        """How many limits are full, so that more is refused."""
        return sum(own.is_refused and own.gauge.has_reached(FULL) for own in self.limits.near)


@dataclass(slots=True)
class _Costly:
    """Something that is looked at less often the longer it takes."""

    read: Callable[[], Any]
    least_rest: float
    value: Any = None
    due: float = field(default=0.0)

    def now(self) -> Any:
        """The value, read anew where it is due."""
        begun = time.monotonic()
        if begun >= self.due:
            self.value = self.read()
            took = time.monotonic() - begun
            self.due = time.monotonic() + max(self.least_rest, took * REST)
        return self.value

    def hasten(self) -> None:
        """There is more to read: the next look need not wait for long."""
        self.due = min(self.due, time.monotonic() + self.least_rest)


class Board:
    """What all who look see; ``now`` tells the time."""

    def __init__(self, session: Session, now: Callable[[], datetime]) -> None:
        self._session = session
        self._now = now
        self._watch = Watch(session.decisions, session.usage, session.catalog)
        self._limits = _Costly(self.limits, LEAST_REST)
        self._kafka = _Costly(self._read_kafka, KAFKA_REST)
        self._turn = Lock()
        self._reading = Lock()
        self._seen: Seen | None = None
        self._lookers = 0
        self._closing = Event()
        self._thread: Thread | None = None

    def close(self) -> None:
        """Ends the thread, if there is one."""
        self._closing.set()
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """For as long as somebody looks, what is seen is renewed."""
        with self._turn:
            self._lookers += 1
            if self._thread is None:
                self._thread = Thread(target=self._work, name="board", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._turn:
                self._lookers -= 1

    @property
    def last(self) -> Seen | None:
        """What was seen last, without looking."""
        return self._seen

    def limits(self) -> Limits:
        """The limits that are nearly full now."""
        return self._watch.look(self._now())

    def fresh(self) -> Seen:
        """What was seen a moment ago, else what is to be seen now."""
        with self._reading:
            seen, oldest = self._seen, self._now() - FRESH
            return seen if seen and not seen.is_stale and seen.at > oldest else self._look()

    def _look(self) -> Seen:
        now, decisions = self._now(), self._session.decisions
        limits, kafka = self._limits.now(), self._kafka.now()
        if limits.left:
            self._limits.hasten()
        count = decisions.rows(queries.RESERVATIONS_COUNT, now=now)[0]["open"]
        sources = decisions.rows(queries.SOURCES, limit=MOST_SOURCES)
        number = self._seen.number + 1 if self._seen else 1
        self._seen = Seen(
            at=now,
            intake=read_intake(decisions, now),
            sources=tuple((row["source"], row["last_at"]) for row in sources),
            limits=limits,
            reservations=tuple(read_reservations(decisions, now, MOST_SHOWN)),
            reservations_count=count,
            troubles=read_troubles(decisions),
            kafka=kafka,
            number=number,
        )
        return self._seen

    def _work(self) -> None:
        while not self._closing.wait(EVERY_SECONDS):
            with self._turn:
                if not self._lookers:
                    self._thread = None
                    return
            try:
                with self._reading:
                    self._look()
            except Exception as error:  # noqa: BLE001  # the next look may do better
                log.error("watching failed", **described(error))
                if self._seen is not None and not self._seen.is_stale:
                    self._seen = replace(self._seen, is_stale=True, number=self._seen.number + 1)

    def _read_kafka(self) -> Waiting | None:
        settings = self._session.settings.kafka
        if not settings.servers:
            return None
        try:
            return Waiting(lag_of(settings))
        except ProblemsFound as found:
            return Waiting(away=found.problems[0].message)
