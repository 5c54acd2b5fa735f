"""Submissions in the store: found, recorded with their rows, and how often KSeF was called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.decisions import Decisions
from billing.orders.order import Event
from invoices.ksef import queries
from invoices.ksef.answers import Decision
from invoices.ksef.gateway import Slower
from invoices.ksef.submission import (
    FIELDS,
    Submission,
    UpoKept,
    evolve,
    keep,
    submission_key,
)
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict, Statement

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Case:
    """A submission that is not finished, and what became of the document that it corrects."""

    submission: Submission
    original_status: str | None


class Overtaken(Exception):
    """Somebody else has changed a submission meanwhile: look at it again."""


def of_row(row: Mapping[str, Any]) -> Submission:
    """A submission from its row."""
    return Submission(**{name: row[name] for name in FIELDS})


class Registry:
    """The submissions of a store. ``clock`` tells the time of each event."""

    def __init__(self, decisions: Decisions, clock: Callable[[], datetime]) -> None:
        self._decisions = decisions
        self.clock = clock

    def open_cases(self, seller: str) -> list[Case]:
        """What is not finished of a seller, the oldest first."""
        rows = self._decisions.rows(queries.OPEN, seller=seller)
        return [Case(of_row(row), row["original_status"]) for row in rows]

    def open_sellers(self) -> list[str]:
        """Sellers of whom something is not finished."""
        return [row["seller"] for row in self._decisions.rows(queries.OPEN_SELLERS)]

    def named(self, numbers: Sequence[str]) -> list[Submission]:
        """The submissions of some numbers; raises ProblemsFound for those there are none of."""
        rows = self._decisions.rows(queries.NUMBERED, numbers=list(numbers))
        missing = [own for own in numbers if own not in {row["number"] for row in rows}]
        if missing:
            raise ProblemsFound(map(unknown_submission, missing))
        return list(map(of_row, rows))

    def content(self, case: Submission) -> bytes | None:
        """The XML as it was issued; None where it is not there, or is not what it was."""
        rows = self._decisions.rows(queries.XML, case.document_id)
        found = bytes(rows[0]["content"]) if rows else b""
        return found if sha256(found).hexdigest() == case.sha256 else None

    def record(self, case: Submission, decision: Decision) -> Submission:
        """Records what became of a submission."""
        return self.record_all([(case, decision)])[0]

    def record_all(self, decided: Sequence[tuple[Submission, Decision]]) -> list[Submission]:
        """Records what became of several submissions, in one transaction."""
        return self._save([(case, *decision) for case, decision in decided])

    def keep_upo(self, case: Submission, content: bytes) -> Submission:
        """Keeps the UPO of a submission, byte for byte."""
        digest, now = sha256(content).hexdigest(), self.clock()
        row = (case.document_id, digest, content, now)
        file = Statement(queries.KEEP_UPO, row, changes=1)
        return self._save([(case, UpoKept, {"sha256": digest})], file)[0]

    def _save(
        self,
        changes: Sequence[tuple[Submission, type[Event], dict[str, Any]]],
        *statements: Statement,
    ) -> list[Submission]:
        events = [self._event(*change) for change in changes]
        after = [evolve(case, event) for (case, *_), event in zip(changes, events, strict=True)]
        try:
            self._decisions.save(*events, statements=[*statements, *map(keep, after)])
        except (IntegrityError, SaveConflict) as error:
            raise Overtaken(changes[0][0].number) from error
        return after

    def _event(self, case: Submission, kind: type[Event], details: dict[str, Any]) -> Event:
        return kind(
            originator_id=submission_key(case.document_id),
            originator_version=case.version + 1,
            recorded_at=self.clock(),
            **details,
        )

    # What keeps a seller back

    def pause(self, seller: str, said: str | None, pause: timedelta | None = None) -> None:
        """Keeps why nothing goes on, and for how long no call may be made; None: it goes on."""
        now = self.clock()
        until = None if pause is None else now + pause
        self._decisions.run(Statement(queries.KEEP_PAUSE, (seller, until, said, now)))

    def paused(self, seller: str) -> tuple[timedelta, str | None]:
        """For how long no call may be made, and what has kept the seller back at last."""
        rows, now = self._decisions.rows(queries.PAUSE, seller), self.clock()
        until, said = (rows[0]["paused_until"], rows[0]["said"]) if rows else (None, None)
        return max(until - now, timedelta()) if until else timedelta(), said

    def spend(self, seller: str, kind: str, limit: int) -> None:
        """Counts a call; raises Slower where the last hour has had as many as are allowed.

        The minute in which the hour began counts whole, so we are never over.
        """
        now = self.clock()
        since = now.replace(second=0, microsecond=0) - HOUR - timedelta(minutes=1)
        (row,) = self._decisions.rows(queries.CALLS, seller, kind, since)
        if row["made"] >= limit:
            free_at = row["since"] + HOUR + timedelta(minutes=1)
            seconds = max(1, -((now - free_at) // timedelta(seconds=1)))
            raise Slower(f"our own limit of {limit} calls an hour ({kind}) is reached", seconds)
        minute = now.replace(second=0, microsecond=0)
        self._decisions.run(
            Statement(queries.COUNT_CALL, (seller, kind, minute)),
            Statement(queries.FORGET_CALLS, (seller, since)),
        )


def unknown_submission(number: str) -> Problem:
    """The problem of a number that no document for KSeF has."""
    message = f"no document {number} goes to KSeF: `licznik ksef status` shows those there are"
    return Problem("unknown_document", "number", message)
