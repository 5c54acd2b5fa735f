"""Sessions: a random token in the browser's cookie, and its hash in the database."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from billing.decisions import Decisions
from entrypoints.people import queries
from entrypoints.people.users import PortalUser, user_of
from metering.store import Statement

TOKEN_BYTES = 32
LONGEST = timedelta(hours=12)
"""A session ends so long after its beginning, whatever is done in it."""
IDLE = timedelta(hours=2)
"""A session in which nothing is done ends after so long."""
SEEN_AGAIN = timedelta(minutes=1)
"""So often the time of the last request is written at most."""


def begin_session(decisions: Decisions, user_id: str, now: datetime) -> str:
    """Signs a user in; gives the token, which is kept nowhere else."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = {"hash": token_hash(token), "user": user_id, "now": now}
    decisions.run(Statement(queries.ADD_SESSION, row))
    return token


def session_user(decisions: Decisions, token: str, now: datetime) -> PortalUser | None:
    """Who is signed in by a token; None if nobody, or no longer."""
    own = token_hash(token)
    asked = {"hash": own, "not_before": now - LONGEST, "not_idle": now - IDLE}
    for row in decisions.rows(queries.SESSION_USER, **asked):
        if now - row["seen_at"] > SEEN_AGAIN:
            decisions.run(Statement(queries.SESSION_SEEN, (now, own)))
        return user_of(row)
    return None


def end_session(decisions: Decisions, token: str) -> None:
    """Signs out."""
    decisions.run(Statement(queries.END_SESSION, (token_hash(token),)))


def purge_sessions(decisions: Decisions, now: datetime) -> None:
    """Forgets sessions that are over: few people sign out."""
    decisions.run(Statement(queries.PURGE_SESSIONS, (now - LONGEST, now - IDLE)))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Somewhere a user is signed in; ``is_this`` is the one that asks."""

    since: datetime
    seen_at: datetime
    is_this: bool


def open_sessions(
    decisions: Decisions, user_id: str, token: str, now: datetime
) -> list[OpenSession]:
    """Where a user is signed in, the last seen first."""
    asked = {"user": user_id, "not_before": now - LONGEST, "not_idle": now - IDLE}
    rows, own = decisions.rows(queries.SESSIONS, **asked), token_hash(token)
    return [
        OpenSession(row["created_at"], row["seen_at"], bytes(row["token_hash"]) == own)
        for row in rows
    ]


def token_hash(token: str) -> bytes:
    """What is kept of a token: 256 random bits need no slow hash."""
    return sha256(token.encode()).digest()


def form_token(token: str) -> str:
    """What the forms of a session carry, so that no other site can send them."""
    return hmac.new(token.encode(), b"form", sha256).hexdigest()
