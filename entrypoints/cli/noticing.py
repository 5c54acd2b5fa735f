"""What the commands of marks and webhooks have in common: a round of work, or many of them."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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
    with _stops_held_back():
        while True:
            with open_session(settings) as session:
                if said := watch_and_send(session, lambda: bool(signal.sigpending())):
                    say(f"{said}.")
            if signal.sigtimedwait(STOPS, settings.webhooks.seconds) is not None:
                return


@contextmanager
def _stops_held_back() -> Iterator[None]:
    """Signals wait until they are asked for, so that none breaks into the work."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
