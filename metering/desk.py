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
from threading import Thread

from eventsourcing.persistence import DataError

from metering.asks import Answer, Ask
from metering.deciding import Limits

MOST = 256
"""So many asks make a group at most: the last of them waits for all."""

Waiting = tuple[Ask, "Future[Answer]"]


class Desk:
    """Decides the asks of many threads. ``now`` tells the time of each group."""

    def __init__(self, limits: Limits, now: Callable[[], datetime]) -> None:
        self._limits = limits
        self._now = now
        self._waiting: SimpleQueue[Waiting | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name="limits", daemon=True)
        self._thread.start()

    def submit(self, ask: Ask) -> Future[Answer]:
        """Brings an ask; its answer comes when it is durable."""
        future: Future[Answer] = Future()
        self._waiting.put((ask, future))
        return future

    def ask(self, ask: Ask) -> Answer:
        """Brings an ask and waits for the answer."""
        return self.submit(ask).result()

    def close(self) -> None:
        """Answers what is waiting and ends."""
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            closing = False
            while len(group) < MOST and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    closing = True
                    break
                group.append(following)
            self._answer(group)
            if closing:
                return

    def _answer(self, group: list[Waiting]) -> None:
        try:
            answers = self._limits.decide([ask for ask, _ in group], self._now())
        except DataError as error:
            self._answer_singly(group, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers must hear of it
            for _, future in group:
                future.set_exception(error)
        else:
            for (_, future), answer in zip(group, answers, strict=True):
                future.set_result(answer)

    def _answer_singly(self, group: list[Waiting], error: Exception) -> None:
        """One ask that the database cannot take must not fail those that came with it."""
        if len(group) == 1:
            group[0][1].set_exception(error)
            return
        for one in group:
            self._answer([one])
