"""Verification of messages: each row of the log is what the events of its message say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from billing.decisions import Decisions
from invoices.messages import MESSAGE_STREAMS, message_row, replay_message
from metering.rebuilding import Difference
from metering.store import UNREADABLE

MESSAGE_ROWS = """
    SELECT id, invoice_id, purpose, status, attempts, recipients, error, changed_at FROM message
"""
STREAMS = """
    SELECT DISTINCT originator_id AS stream FROM decisions_events
    WHERE starts_with(originator_id, %s)
"""


def message_differences(decisions: Decisions) -> Iterator[Difference]:
    """Every message whose row is not what its events say."""
    rows = {row["id"]: row for row in decisions.rows(MESSAGE_ROWS)}
    streams = {row["stream"] for row in decisions.rows(STREAMS, MESSAGE_STREAMS)}
    for key in sorted({*rows, *streams}):
        try:
            message = replay_message(decisions.events.get(key))
        except UNREADABLE as error:
            yield Difference(key, "a readable event", str(error))
        else:
            yield from _compared(key, message_row(message) if message else {}, rows.get(key) or {})


def _compared(key: str, made: dict[str, Any], stored: dict[str, Any]) -> Iterator[Difference]:
    for column in sorted({*made, *stored}):
        if made.get(column) != stored.get(column):
            yield Difference(f"{key}: {column}", str(made.get(column)), str(stored.get(column)))
