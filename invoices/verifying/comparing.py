"""Comparing what is stored with what the events say; what differs is kept with its place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from billing.decisions import Decisions
from metering.rebuilding import Difference
from metering.store import UNREADABLE

STREAMS = """
    SELECT DISTINCT originator_id AS stream FROM decisions_events
    WHERE starts_with(originator_id, %s)
"""


@dataclass
class Verification:
    """How much was compared, and what differs."""

    balances: int = 0
    amendments: int = 0
    orders: int = 0
    invoices: int = 0
    documents: int = 0
    messages: int = 0
    payments: int = 0
    marks: int = 0
    notices: int = 0
    incidents: int = 0
    exclusions: int = 0
    claims: int = 0
    submissions: int = 0
    offers: int = 0
    differences: list[Difference] = field(default_factory=list)


def streams(decisions: Decisions, prefix: str, rows: Iterable[str]) -> list[str]:
    """The streams of a kind that have events, and those of which there is a row."""
    found = decisions.rows(STREAMS, prefix)
    return sorted({*(row["stream"] for row in found), *rows})


class readable:  # noqa: N801  # reads as a sentence in a with statement
    """Turns an event that cannot be read, or cannot follow those before it, into a difference."""

    def __init__(self, where: str, result: Verification) -> None:
        self._where, self._result = where, result

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, (*UNREADABLE, ValueError)):
            return False
        self._result.differences.append(Difference(self._where, "a readable event", str(error)))
        return True


def compare(where: str, made: Any, stored: Any, result: Verification) -> None:
    """Keeps each value that differs; of two mappings, key by key."""
    if made == stored:
        return
    if isinstance(made, dict) and isinstance(stored, dict):
        for key in sorted({*made, *stored}):
            compare(f"{where}.{key}", made.get(key), stored.get(key), result)
    else:
        result.differences.append(Difference(where, str(made), str(stored)))
