"""Where callers bring their asks: whoever waits at the same time shares a transaction.

One thread takes everything that is waiting, decides it as a group and answers. While it waits for
the disk the next group gathers, so a busy order costs as many commits as there are groups, not
callers; a lone caller waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from queue import SimpleQueue
from threading import Lock, Thread

from metering.asks import Answer, Ask
from metering.deciding import Limits
from metering.faults import tellable
from metering.store import AWAY

MOST = 256
"""So many asks make a group at most: the last of them waits for all."""
MOST_WAITING = 4 * MOST
"""So many may wait; who comes then would wait too long, and is to come again."""

Waiting = tuple[Ask, "Future[Answer]"]


class Busy(Exception):
    """Too many wait, or the desk is closed: the ask was not taken, and nothing was decided."""


class Desk:
    """Decides the asks of many threads. ``now`` tells the time of each group."""

    def __init__(
        self, limits: Limits, now: Callable[[], datetime], most_waiting: int = MOST_WAITING
    ) -> None:
        self._limits = limits
        self._now = now
        self._most_waiting = most_waiting
        self._waiting: SimpleQueue[Waiting | None] = SimpleQueue()
        self._closed = False
        self._door = Lock()
        self._thread = Thread(target=self._work, name="limits", daemon=True)
        self._thread.start()

    def submit(self, ask: Ask) -> Future[Answer]:
        """Brings an ask; its answer comes when it is durable. Raises Busy if it is not taken."""
        future: Future[Answer] = Future()
        with self._door:
            if self._closed or self._waiting.qsize() >= self._most_waiting:
                raise Busy
            self._waiting.put((ask, future))
        return future

    def ask(self, ask: Ask) -> Answer:
        """Brings an ask and waits for the answer."""
        return self.submit(ask).result()

    def close(self) -> None:
        """Answers what is waiting and ends."""
        with self._door:
            self._closed = True
            self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [own for own in self._group(first) if own[1].set_running_or_notify_cancel()]
            if group:  # else all of them have given up
                self._answer(group)

    def _group(self, first: Waiting) -> list[Waiting]:
        """Whoever waits now, the first one included."""
        group = [first]
        while len(group) < MOST and not self._waiting.empty():
            following = self._waiting.get()
            if following is None:
                self._waiting.put(None)  # nobody comes after it: it ends the work
                break
            group.append(following)
        return group

    def _answer(self, group: list[Waiting]) -> None:
        """Answers a group. What only one ask can be to blame for is told to that one alone."""
        try:
            answers = self._limits.decide([ask for ask, _ in group], self._now)
        except AWAY as fault:
            _fail(group, fault)
        except BaseException as error:  # noqa: BLE001  # see `tellable`
            if len(group) == 1:
                _fail(group, tellable(error))
                return
            half = len(group) // 2
            self._answer(group[:half])
            self._answer(group[half:])
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                future.set_result(answer)


def _fail(group: list[Waiting], error: Exception) -> None:
    for _, future in group:
        future.set_exception(error)
