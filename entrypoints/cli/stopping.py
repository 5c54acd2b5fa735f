"""Signals to stop: they are noted, and what is in hand is finished first."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType

STOPS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether it was asked to stop."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[int] = SimpleQueue()

    def is_asked(self) -> bool:
        """Whether a signal has come."""
        return not self._asked.empty()

    def wait(self, seconds: float | None = None) -> None:
        """Waits for a signal, so many seconds at most."""
        with suppress(Empty):
            self._asked.put(self._asked.get(timeout=seconds))

    def note(self, number: int, _: FrameType | None) -> None:
        """Takes a signal; the next one ends the process at once.

        It comes in the middle of whatever is done, perhaps under locks. So it only leaves a note,
        in the one kind of queue that may be written to at such a moment.
        """
        self._asked.put(number)
        for own in STOPS:
            signal.signal(own, signal.SIG_DFL)


@contextmanager
def stops_noted() -> Iterator[Stop]:
    """SIGTERM and Ctrl-C are noted; afterwards they do what they did before."""
    stop = Stop()
    before = {own: signal.signal(own, stop.note) for own in STOPS}
    try:
        yield stop
    finally:
        for own, handler in before.items():
            signal.signal(own, handler)
