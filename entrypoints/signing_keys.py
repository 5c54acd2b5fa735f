"""Keys that the service signs by and that all of its processes share: made once, kept for good."""

from __future__ import annotations

import secrets
from datetime import datetime

from billing.decisions import Decisions
from entrypoints import queries
from metering.store import Statement

KEY_BYTES = 32


def signing_key(decisions: Decisions, name: str, now: datetime) -> bytes:
    """The key of a name; the first process that wants it makes it."""
    found = decisions.rows(queries.SIGNING_KEY, name)
    if not found:
        row = {"name": name, "key": secrets.token_bytes(KEY_BYTES), "now": now}
        decisions.run(Statement(queries.ADD_SIGNING_KEY, row))
        found = decisions.rows(queries.SIGNING_KEY, name)
    return bytes(found[0]["key"])
