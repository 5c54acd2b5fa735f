"""Verification of messages: each row of the log is what the events of its message say."""

from __future__ import annotations

from billing.decisions import Decisions
from invoices.messages import MESSAGE_STREAMS, message_row, replay_message
from invoices.verifying.comparing import Verification, compare, readable, streams

MESSAGE_ROWS = """
    SELECT id, invoice_id, purpose, status, attempts, recipients, error, changed_at FROM message
"""


def verify_messages(decisions: Decisions, result: Verification) -> None:
    """Compares every message with its events."""
    rows = {row["id"]: row for row in decisions.rows(MESSAGE_ROWS)}
    for key in streams(decisions, MESSAGE_STREAMS, rows):
        result.messages += 1
        with readable(key, result):
            message = replay_message(decisions.events.get(key))
            compare(key, message_row(message) if message else None, rows.get(key), result)
