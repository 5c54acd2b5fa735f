"""E-mails to people, kept until a mail server has taken them over.

A link is no part of what is kept: its token is made when the e-mail is sent, so that its minutes
begin then, and no table ever holds one that works. An e-mail may go out twice where a process dies
between sending and writing that down; a second link or notice harms nobody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.decisions import Decisions
from entrypoints.people import security_queries as queries
from entrypoints.people import tokens
from entrypoints.people.letters import letter_of
from entrypoints.people.tokens import Token, issue_token
from invoices.mailing.carriers import Transmit
from invoices.mailing.emails import Sender, compose
from invoices.messages import NotSent, Unanswered, message_id
from metering.problems import ProblemsFound
from metering.store import Statement

CHANGED, YOURS_CHANGED, KEY_CHANGED = "changed", "yours_changed", "key_changed"
"""Notices: to staff, to the user whose security it concerns, and to staff of a program's key."""
LEASE = timedelta(minutes=5)
"""So long an e-mail is its sender's own; then another takes it."""
WAITS = tuple(timedelta(minutes=own) for own in (1, 2, 5, 15, 60))
"""Before each further attempt; the last holds for all that follow."""
LINKS_WAIT = timedelta(hours=1)
"""A link that could not be sent for so long is no longer wanted."""
GIVEN_UP = timedelta(days=60)
STALE = "it could not be sent in time"
_FAULTS = (NotSent, Unanswered, ProblemsFound)


@dataclass(frozen=True, slots=True)
class Post:
    """An e-mail that is to be sent. ``details`` are what its text says."""

    kind: str
    recipient: str
    language: str
    user: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


def keep_post(post: Post, now: datetime) -> Statement:
    """What puts an e-mail among those that wait."""
    row = {
        "kind": post.kind,
        "recipient": post.recipient,
        "language": post.language,
        "user": post.user,
        "details": json.dumps(post.details),
        "now": now,
    }
    return Statement(queries.ADD_MAIL, row)


@dataclass(frozen=True, slots=True)
class Postman:
    """Sends what waits. ``address`` is where people reach the pages; ``clock`` tells the time."""

    decisions: Decisions
    transmit: Transmit
    sender: Sender
    address: str
    clock: Callable[[], datetime]

    def work(self, stopping: Callable[[], bool] = lambda: False) -> tuple[int, int]:
        """Sends all that is due; how many were sent, and how many were not."""
        sent = failed = 0
        while not stopping() and (row := self._take()) is not None:
            done = self._send(row)
            sent, failed = sent + done, failed + (not done)
        return sent, failed

    def _take(self) -> dict[str, Any] | None:
        now = self.clock()
        named = {"now": now, "until": now + LEASE}
        return next(iter(self.decisions.rows(queries.TAKE_MAIL, **named)), None)

    def _send(self, row: Mapping[str, Any]) -> bool:
        patience = LINKS_WAIT if row["kind"] in tokens.LINKS else GIVEN_UP
        if self.clock() - row["created_at"] > patience:
            self._end(row, STALE)
            return False
        try:
            self._hand_over(row)
        except _FAULTS as fault:
            self._postpone(row, str(fault))
            return False
        self._end(row, None)
        return True

    def _hand_over(self, row: Mapping[str, Any]) -> None:
        letter = letter_of(row["kind"], row["language"], self._words(row))
        name = message_id(f"people/{row['id']}", row["attempts"], self.sender.domain)
        envelope = compose(letter, self.sender, [row["recipient"]], name, self.clock(), [])
        self.transmit(envelope)

    def _words(self, row: Mapping[str, Any]) -> dict[str, Any]:
        words = {**row["details"], "address": self.address, "sender": self.sender.name}
        if row["kind"] in tokens.LINKS:
            token = Token(row["kind"], row["user_id"], row["details"])
            secret = issue_token(self.decisions, token, self.clock())
            words["link"] = f"{self.address}/signin/link/{secret}"
        return words

    def _postpone(self, row: Mapping[str, Any], error: str) -> None:
        due_at = self.clock() + WAITS[min(row["attempts"], len(WAITS)) - 1]
        named = {"due_at": due_at, "error": error, "id": row["id"]}
        self.decisions.run(Statement(queries.MAIL_FAILED, named))

    def _end(self, row: Mapping[str, Any], error: str | None) -> None:
        named = {"now": self.clock(), "error": error, "id": row["id"]}
        self.decisions.run(Statement(queries.MAIL_ENDED, named))


def purge_posts(decisions: Decisions, now: datetime) -> None:
    """Forgets e-mails that were sent more than 60 days ago (R138)."""
    decisions.run(Statement(queries.PURGE_MAILS, (now - GIVEN_UP,)))
