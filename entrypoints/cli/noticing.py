"""What the commands of marks and webhooks have in common: a round of work, or many of them."""

from __future__ import annotations

import time
from collections.abc import Callable

from entrypoints.cli.output import say
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.stopping import stops_noted
from entrypoints.database import FAULTS, fault_sentence
from entrypoints.noticing import send_notices, summary, watch_marks
from entrypoints.settings import Settings

LONGEST_SENDING = 15
"""After so many seconds a round sends nothing more, since the next one looks for marks."""


def watch(session: Session) -> int:
    """Looks for marks once; how many were newly reached."""
    own = (session.decisions, session.usage, session.engine, session.catalog, clock())
    return sum(watch_marks(*own))


def watch_and_send(session: Session, stopping: Callable[[], bool]) -> str:
    """One round; what it did in words, nothing if there was nothing to do.

    It ends soon, whatever endpoints do: what it did not come to is due in the next one.
    """
    reached = watch(session)
    over = time.monotonic() + LONGEST_SENDING
    counts = send_notices(
        session.decisions,
        session.catalog,
        session.settings,
        clock,
        lambda: stopping() or time.monotonic() > over,
    )
    return f"{reached} marks reached, {summary(counts)}" if reached or counts else ""


def work_until_stopped(settings: Settings) -> None:
    """Round after round, until SIGTERM or Ctrl-C; what is being sent then is finished.

    A database that is away ends a round, and the next one tries again.
    """
    with open_session(settings):
        pass  # what is wrong with the catalog or the database is said now, not in every round
    with stops_noted() as stop:
        while not stop.is_asked():
            try:
                with open_session(settings) as session:
                    said = watch_and_send(session, stop.is_asked)
            except FAULTS as fault:
                said = f"{fault_sentence(fault)}; the next round tries again"
            if said:
                say(f"{said}.")
            stop.wait(settings.webhooks.seconds)
