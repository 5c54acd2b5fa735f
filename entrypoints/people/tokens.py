"""Tokens that work once and for some minutes: links in e-mails, and steps of a sign-in.

The token is 256 random bits and stands in the link or the cookie alone; kept is its SHA-256.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.decisions import Decisions
from entrypoints.people import security_queries as queries
from entrypoints.people.sessions import TOKEN_BYTES, token_hash
from metering.store import Statement

SIGN_IN, PASSWORD, INVITATION = "sign_in", "password", "invitation"
"""Links in e-mails: to sign in, to set a new password, to set the first one."""
LINKS = (SIGN_IN, PASSWORD, INVITATION)
SECOND_FACTOR, PROVIDER = "second_factor", "provider"
"""Steps that a browser keeps in a cookie: who has still to give a code, who is at the provider."""
LASTS = {
    SIGN_IN: timedelta(minutes=15),
    PASSWORD: timedelta(minutes=15),
    INVITATION: timedelta(minutes=15),
    SECOND_FACTOR: timedelta(minutes=10),
    PROVIDER: timedelta(minutes=10),
}


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept. ``details`` is what its step has to remember."""

    kind: str
    user: str | None
    details: Mapping[str, Any] = field(default_factory=dict)


def issue_token(decisions: Decisions, token: Token, now: datetime) -> str:
    """Keeps a new token; gives its secret, which is kept nowhere else."""
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    row = {
        "hash": token_hash(secret),
        "kind": token.kind,
        "user": token.user,
        "details": json.dumps(token.details),
        "now": now,
        "expires_at": now + LASTS[token.kind],
    }
    decisions.run(Statement(queries.ADD_TOKEN, row))
    return secret


def find_token(
    decisions: Decisions, kinds: tuple[str, ...], secret: str, now: datetime
) -> Token | None:
    """A token that may still be used, without using it."""
    named = {"hash": token_hash(secret), "kinds": list(kinds), "now": now}
    return _token(decisions.rows(queries.TOKEN, **named))


def use_token(
    decisions: Decisions, kinds: tuple[str, ...], secret: str, now: datetime
) -> Token | None:
    """Uses a token up; None if it was used, is too old, or never was. Of two at once one has it."""
    named = {"hash": token_hash(secret), "kinds": list(kinds), "now": now}
    return _token(decisions.rows(queries.USE_TOKEN, **named))


def end_tokens(user: str, now: datetime) -> Statement:
    """No link and no step of a user works any more."""
    return Statement(queries.END_TOKENS, {"user": user, "now": now})


def purge_tokens(decisions: Decisions, now: datetime) -> None:
    """Forgets tokens that no longer work."""
    decisions.run(Statement(queries.PURGE_TOKENS, (now,)))


def _token(rows: list[dict[str, Any]]) -> Token | None:
    return next((Token(own["kind"], own["user_id"], own["details"]) for own in rows), None)
