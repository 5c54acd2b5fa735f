"""Messages about invoices, each sent once: the start of one is recorded before anything is sent.

The stream of a message belongs to an invoice and a purpose, and its version decides between two
processes: one of them records the start and sends, the other one does not. Where a process dies
between the start and the result nobody knows whether the message went out. It stays ``sending``
and is never sent again by itself: a person decides, to send it again or to confirm it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from eventsourcing.persistence import IntegrityError

from billing.decisions import Decisions
from billing.orders.order import Event
from invoices import queries
from metering.store import SaveConflict, Statement

MESSAGE_STREAMS = "message/"
INVOICE = "invoice"
"""The purpose of the e-mail that brings the invoice."""


def folder_purpose(folder: str) -> str:
    """The purpose of the files of an invoice in a folder, named by its absolute path."""
    return f"folder/{folder}"


def reminder_purpose(step: int) -> str:
    """The purpose of the first, second, ... reminder of an invoice."""
    return f"reminder/{step}"


def reminder_step(purpose: str) -> int:
    """Which reminder of an invoice a purpose is that of."""
    return int(purpose.rpartition("/")[2])


@dataclass(frozen=True, kw_only=True)
class MessageStarted(Event):
    """A message is about to be sent, the ``attempt``-th time."""

    invoice: str
    purpose: str
    recipients: list[str]
    message_id: str
    attempt: int


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """The message was taken over by the mail server, or its files are in the folder."""


@dataclass(frozen=True, kw_only=True)
class MessageConfirmed(Event):
    """The sending broke off, and a person found out that the message had arrived."""


@dataclass(frozen=True, kw_only=True)
class MessageFailed(Event):
    """The message was certainly not sent; ``error`` is a sentence that says why."""

    error: str


class NotSent(Exception):
    """A message was certainly not sent, and may be sent again. Its text is a sentence."""


class Unanswered(Exception):
    """Nobody knows whether a message was sent. Its text is a sentence."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its events have made it: ``sending``, ``sent`` or ``failed``."""

    started: MessageStarted
    version: int
    status: str
    changed_at: datetime
    error: str | None = None


def message_key(invoice: str, purpose: str) -> str:
    """The name of a message's stream. The purpose is quoted: no two pairs have one name."""
    return f"{MESSAGE_STREAMS}{invoice}/{quote(purpose, safe='')}"


def message_id(stream: str, attempt: int, domain: str) -> str:
    """The Message-ID of an attempt: made from what identifies it, so the same each time."""
    digest = hashlib.sha256(f"{stream} {attempt}".encode()).hexdigest()
    return f"<{digest[:40]}@{domain}>"


def replay_message(events: Iterable[Any]) -> Message | None:
    """The message that some events make; None if there are none."""
    message: Message | None = None
    for event in events:
        message = evolve_message(message, event)
    return message


def evolve_message(message: Message | None, event: Any) -> Message | None:
    """The message after one more event."""
    version, at = event.originator_version, event.recorded_at
    if isinstance(event, MessageStarted):
        return Message(event, version, "sending", at)
    if message is None:
        return None
    if isinstance(event, MessageSent | MessageConfirmed):
        return replace(message, version=version, status="sent", changed_at=at)
    return replace(message, version=version, status="failed", changed_at=at, error=event.error)


def message_row(message: Message) -> dict[str, Any]:
    """The read model's row of a message."""
    started = message.started
    return {
        "id": started.originator_id,
        "invoice_id": started.invoice,
        "purpose": started.purpose,
        "status": message.status,
        "attempts": started.attempt,
        "recipients": ", ".join(started.recipients),
        "error": message.error,
        "changed_at": message.changed_at,
    }


class Outbox:
    """Sends messages and records what became of them. ``clock`` tells the time of each event."""

    def __init__(self, decisions: Decisions, clock: Callable[[], datetime]) -> None:
        self._decisions = decisions
        self._clock = clock

    def find(self, invoice: str, purpose: str) -> Message | None:
        """What became of a message so far; None if it was never started."""
        return replay_message(self._decisions.events.get(message_key(invoice, purpose)))

    def draft(
        self, before: Message | None, invoice: str, purpose: str, to: Sequence[str], domain: str
    ) -> MessageStarted:
        """The start of the next attempt; nothing is recorded yet."""
        stream = message_key(invoice, purpose)
        attempt = before.started.attempt + 1 if before else 1
        return MessageStarted(
            originator_id=stream,
            originator_version=before.version + 1 if before else 1,
            recorded_at=self._clock(),
            invoice=invoice,
            purpose=purpose,
            recipients=list(to),
            message_id=message_id(stream, attempt, domain),
            attempt=attempt,
        )

    def send(
        self,
        started: MessageStarted,
        transmit: Callable[[], None],
        conditions: Sequence[Statement] = (),
    ) -> Message | None:
        """Records the start, sends, and records the result.

        None, and nothing is sent, where somebody else was first or a condition does not hold.
        """
        message = Message(started, started.originator_version, "sending", started.recorded_at)
        try:
            self._save(started, message, conditions)
        except (IntegrityError, SaveConflict):
            return None
        try:
            transmit()
        except Unanswered as unknown:
            return replace(message, error=str(unknown))
        except NotSent as refused:
            return self._finish(message, MessageFailed, error=str(refused))
        return self._finish(message, MessageSent)

    def confirm(self, message: Message) -> Message:
        """Records that a message whose sending broke off has arrived."""
        return self._finish(message, MessageConfirmed)

    def _finish(self, message: Message, kind: type[Event], **details: str) -> Message:
        event = kind(
            originator_id=message.started.originator_id,
            originator_version=message.version + 1,
            recorded_at=self._clock(),
            **details,
        )
        after = evolve_message(message, event) or message
        self._save(event, after)
        return after

    def _save(self, event: Event, message: Message, conditions: Sequence[Statement] = ()) -> None:
        row = Statement(queries.KEEP_MESSAGE, message_row(message), changes=1)
        self._decisions.save(event, statements=[*conditions, row])
