"""Group commit: the bodies of all waiting requests are recorded together, by one thread.

A commit costs about the same whatever it holds. So while one batch is being recorded, requests
wait; then all of them are the next batch. Each is answered with its own counts, and only when its
events are durable.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from itertools import accumulate, count
from threading import Condition, Thread

from entrypoints.http.bodies import Events, read_events
from entrypoints.http.problems import FAULTS, unavailable
from entrypoints.http_settings import HttpSettings
from entrypoints.recorder import Batch, CutWrongly
from metering.faults import tellable
from metering.intake import Taken
from metering.problems import Problem

BATCH_EVENTS = 50_000
"""A batch takes in no further request once it has so many events."""
LINGER_SECONDS = 0.01
"""So long a batch waits to hold as many requests as the one before.

Those who were answered together send again together. Without the wait the first of them would make
a batch alone, which costs almost as much as all of them in one.
"""
MOST_WAITING = 1_000
LARGEST_WAITING = 8
"""So many requests may wait, or so many of the largest size; who comes then is to try again."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that was not recorded: its place in the body, and why."""

    index: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of the events of one request; each is exactly one of the three."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejection, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request whose events wait to be recorded."""

    body: bytes
    media: str
    answer: Future[Receipt] = field(default_factory=Future)


Read = tuple[Waiting, Events]
Take = Callable[[Batch], Taken | CutWrongly]


class Recording:
    """The thread that records, and the queue before it."""

    def __init__(self, take: Take, settings: HttpSettings) -> None:
        self._take = take
        self._most_events = settings.batch_limit
        self._most_bytes = settings.body_limit * LARGEST_WAITING
        self._changed = Condition()
        self._queue: deque[Waiting] = deque()
        self._bytes = 0
        self._last_requests = 1
        self._closed = False
        self._thread = Thread(target=self._run, name="recording")
        self._thread.start()

    def submit(self, body: bytes, media: str) -> Future[Receipt]:
        """Queues a body; raises Refused if too much waits already."""
        waiting = Waiting(body, media)
        with self._changed:
            full = len(self._queue) >= MOST_WAITING or self._bytes + len(body) > self._most_bytes
            if full or self._closed:
                message = "too many requests wait: nothing was recorded, try again"
                raise unavailable("too_busy", message)
            self._queue.append(waiting)
            self._bytes += len(body)
            self._changed.notify()
        return waiting.answer

    def close(self) -> None:
        """Records what waits, then ends."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while self._has_work():
            batch = list(self._next_batch())
            self._last_requests = len(batch)
            if batch:
                self._record(batch)

    def _has_work(self) -> bool:
        """Waits for a request; False when there will be none any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closed)
            return bool(self._queue)

    def _next_batch(self) -> Iterator[Read]:
        """The requests that wait now, and those that come at once."""
        events, deadline = 0, time.monotonic() + LINGER_SECONDS
        for taken in count():
            late = deadline if taken < self._last_requests else 0
            if events >= BATCH_EVENTS or (waiting := self._pop(late)) is None:
                return
            if not waiting.answer.set_running_or_notify_cancel():
                continue  # whoever asked is gone
            try:
                own = read_events(waiting.body, waiting.media, self._most_events)
            except BaseException as error:  # noqa: BLE001  # see `tellable`
                waiting.answer.set_exception(tellable(error))
                continue
            events += own.count
            yield waiting, own

    def _pop(self, deadline: float) -> Waiting | None:
        """The next request that waits, or comes before a deadline."""
        with self._changed:
            seconds = deadline - time.monotonic()
            if not self._changed.wait_for(lambda: self._queue or self._closed, max(seconds, 0)):
                return None
            if not self._queue:
                return None
            waiting = self._queue.popleft()
            self._bytes -= len(waiting.body)
            return waiting

    def _record(self, batch: Sequence[Read]) -> None:
        """Records a batch. What only one request can be to blame for is that one's alone."""
        try:
            receipts = self._recorded([own for _, own in batch])
        except FAULTS as fault:
            for waiting, _ in batch:
                waiting.answer.set_exception(fault)
        except BaseException as error:  # noqa: BLE001  # see `tellable`
            if len(batch) == 1:
                batch[0][0].answer.set_exception(tellable(error))
            else:
                for one in batch:
                    self._record([one])
        else:
            for (waiting, _), receipt in zip(batch, receipts, strict=True):
                waiting.answer.set_result(receipt)

    def _recorded(self, bodies: Sequence[Events]) -> list[Receipt]:
        taken = self._take(_batch(bodies))
        if isinstance(taken, Taken):
            return receipts(bodies, taken)
        ends = _ends(bodies)
        wrong = {bisect_right(ends, line) for line in taken.lines}
        exact = [
            own.exactly() if own.exactly and place in wrong else own
            for place, own in enumerate(bodies)
        ]
        return self._recorded(exact)


def _batch(bodies: Sequence[Events]) -> Batch:
    """The bodies as one batch; those that were only cut are doubtful."""
    doubtful = [
        range(end - own.lines, end)
        for own, end in zip(bodies, _ends(bodies), strict=True)
        if own.exactly
    ]
    return Batch(b"".join(own.raw for own in bodies), doubtful)


def _ends(bodies: Sequence[Events]) -> list[int]:
    """The number of the line that follows each body."""
    return list(accumulate(own.lines for own in bodies))


def receipts(bodies: Sequence[Events], taken: Taken) -> list[Receipt]:
    """Each body's share of what became of their batch, whose lines are numbered from 0."""
    ends = _ends(bodies)
    repeated = [0] * len(bodies)
    for line in taken.repeated:
        repeated[bisect_right(ends, line)] += 1
    rejected: list[list[Rejection]] = [[] for _ in bodies]
    for one in sorted(taken.rejected, key=lambda own: own.line):
        place = bisect_right(ends, one.line)
        index = one.line - ends[place] + bodies[place].lines
        rejected[place].append(Rejection(index, one.problems))
    return [
        Receipt(own.count - again - len(wrong), again, tuple(wrong))
        for own, again, wrong in zip(bodies, repeated, rejected, strict=True)
    ]
