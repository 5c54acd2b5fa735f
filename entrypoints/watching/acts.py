"""What people do by hand on the platform's pages: done once, and kept with who did it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from entrypoints.watching import queries
from metering.store import Statement, Store

Kind = Literal["retry", "release", "redelivery", "key_added", "key_revoked"]
MOST_ACTS = 100


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and when."""

    user: str
    name: str
    at: datetime


def kept_act(by: By, kind: Kind, subject: str, outcome: str) -> Statement:
    """What keeps an act: with what, and what came of it."""
    row = {
        "at": by.at,
        "by_user": by.user,
        "by_name": by.name,
        "kind": kind,
        "subject": subject,
        "outcome": outcome,
    }
    return Statement(queries.KEEP_ACT, row)


def last_acts(store: Store, limit: int = MOST_ACTS) -> list[Mapping[str, Any]]:
    """What people did last, the newest first."""
    return list(store.rows(queries.ACTS, limit=limit))


def acts_on(store: Store, kind: Kind, subjects: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    """What was done last with each of some things."""
    rows = store.rows(queries.LAST_ACTS, kind=kind, subjects=list(subjects))
    return {row["subject"]: row for row in rows}
