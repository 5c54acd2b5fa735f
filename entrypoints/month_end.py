"""The end of a month as work of the service: one run of a month at a time, seen by everybody.

The run holds the month's lock (`entrypoints.alone`), which lets go if its process dies. A run has
no state that the steps need: one that broke off is started again, and goes on where it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy import Engine, text

from entrypoints.alone import ALONE, alone
from entrypoints.cli.closing import Closing
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.settings import Settings
from invoices.closing.fingerprints import Word
from invoices.closing.runs import DONE, FAILED, RunBook
from invoices.closing.runs import STOPPED as RUN_STOPPED
from invoices.closing.steps import PARTS, STOPPED
from metering.calendar import Period

BETWEEN_WRITES = 0.5
"""Seconds between two notes of how far a step is: people do not read faster."""

HELD = text("""
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND classid = :lock
      AND objid::bigint = hashtext(:work)::bigint & 4294967295
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
"""Whether somebody holds a lock of `entrypoints.alone`."""

log = logging.getLogger("licznik.month_end")


def lock_of(period: Period) -> str:
    """The name of a month's lock."""
    return f"close/{period}"


def is_running(engine: Engine, period: Period) -> bool:
    """Whether somebody closes a month, or a part of it, at this moment."""
    with engine.connect() as connection:
        named = {"lock": ALONE, "work": lock_of(period)}
        return bool(connection.scalar(HELD, named))


class Noting:
    """Follows the steps of a run and writes down how far they are."""

    def __init__(self, book: RunBook) -> None:
        self._book = book
        self._step, self._total, self._written = "", 0, 0.0

    def begin(self, step: str) -> None:
        """A step begins."""
        self._step = step
        self._book.begin(step)

    @contextmanager
    def bar(self, step: str, total: int) -> Iterator[Noting]:
        """It has so much to do."""
        self._step, self._total, self._written = step, total, 0.0
        yield self

    def reach(self, done: int) -> None:
        """So much is done; it is written down now and then."""
        now = time.monotonic()
        if now - self._written >= BETWEEN_WRITES:
            self._written = now
            self._book.reach(self._step, done, self._total)


def start(settings: Settings, period: Period, part: str, by: str, word: Word | None) -> bool:
    """Starts a run in a thread of its own; False where the month is being closed already."""
    begun = Event()
    taken: list[bool] = []

    def work() -> None:
        try:
            with open_session(settings) as session, alone(session.engine, lock_of(period)) as mine:
                taken.append(mine)
                if mine:
                    run(session, period, part, by, word, begun)
        finally:
            begun.set()

    Thread(target=work, name=f"close {period}", daemon=True).start()
    begun.wait()
    return taken == [True]


def run(
    session: Session,
    period: Period,
    part: str,
    by: str,
    word: Word | None,
    begun: Event | None = None,
) -> str:
    """Does the steps of a part and writes down how they go; says how it ended."""
    book = RunBook(session.decisions, clock, period)
    book.open(part, by, only_checked=bool(word and word.only_checked))
    if begun is not None:
        begun.set()
    try:
        outcome = _steps(session, period, part, word, book)
    except Exception:
        log.exception("closing %s failed", period)
        book.end(FAILED)
        return FAILED
    book.end(outcome)
    return outcome


def _steps(session: Session, period: Period, part: str, word: Word | None, book: RunBook) -> str:
    closing = Closing(session, period, clock(), watching=Noting(book), word=word)
    outcome = DONE
    for step in closing.steps(PARTS[part]):
        book.end_step(step)
        outcome = RUN_STOPPED if step.state == STOPPED else outcome
    return outcome
