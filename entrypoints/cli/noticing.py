"""What the commands of marks and webhooks have in common: a round of work, or many of them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

from entrypoints.cli.output import say
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.noticing import send_notices, summary, watch_marks
from entrypoints.settings import Settings

STOPS = (signal.SIGTERM, signal.SIGINT)


def watch(session: Session) -> int:
    """Looks for marks once; how many were newly reached."""
    own = (session.decisions, session.usage, session.engine, session.catalog, clock())
    return sum(watch_marks(*own))


def watch_and_send(session: Session, stopping: Callable[[], bool]) -> str:
    """One round; what it did in words, nothing if there was nothing to do."""
    reached = watch(session)
    counts = send_notices(session.decisions, session.settings.webhooks, clock, stopping)
    return f"{reached} marks reached, {summary(counts)}" if reached or counts else ""


def work_until_stopped(settings: Settings) -> None:
    """Round after round, until SIGTERM or Ctrl-C; what is being sent then is finished."""
    with _stops_noted() as asked:
        while asked.empty():
            with open_session(settings) as session:
                if said := watch_and_send(session, lambda: not asked.empty()):
                    say(f"{said}.")
            with suppress(Empty):
                asked.put(asked.get(timeout=settings.webhooks.seconds))


@contextmanager
def _stops_noted() -> Iterator[SimpleQueue[int]]:
    """Signals to stop, left in the one kind of queue that may be written to at any moment."""
    asked: SimpleQueue[int] = SimpleQueue()
    before = {own: signal.signal(own, lambda number, _: asked.put(number)) for own in STOPS}
    try:
        yield asked
    finally:
        for own, handler in before.items():
            signal.signal(own, handler)
