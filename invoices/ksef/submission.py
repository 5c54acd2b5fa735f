"""The submission of a document to KSeF as an event-sourced aggregate.

It is ``waiting`` until KSeF has taken the document over, ``sent`` until KSeF has decided, then
``accepted`` with a KSeF number, or ``rejected`` with a reason. A submission is its own read model:
the table's row has its fields, so that one function makes both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from typing import Any

from billing.orders.order import Event
from invoices.ksef import deadlines, queries
from metering.store import Statement

KSEF_STREAMS = "ksef/"
INVOICE, CORRECTION = "invoice", "correction"
WAITING, SENT, ACCEPTED, REJECTED = "waiting", "sent", "accepted", "rejected"
STATUSES = (WAITING, SENT, ACCEPTED, REJECTED)


@dataclass(frozen=True, kw_only=True)
class SubmissionQueued(Event):
    """A document was issued and is to be sent; ``sha256`` is that of its XML, in hexadecimal.

    ``original`` is the document that a correction corrects: it goes first.
    """

    document: str
    seller: str
    number: str
    kind: str
    issued_on: date
    deadline: date
    sha256: str
    original: str | None


@dataclass(frozen=True, kw_only=True)
class WentOffline(Event):
    """The document is issued in an offline mode: it may be handed over before KSeF has it."""

    mode: str
    deadline: date | None


@dataclass(frozen=True, kw_only=True)
class SubmissionSent(Event):
    """KSeF took the document over; in a batch it has no ``reference`` of its own yet."""

    session: str
    reference: str | None
    offline: bool


@dataclass(frozen=True, kw_only=True)
class SubmissionDelayed(Event):
    """An attempt brought nothing final, or nobody knows what it brought: it is made again."""

    error: str
    next_attempt_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubmissionAccepted(Event):
    """KSeF gave the document its number; ``session`` is the one that the UPO belongs to."""

    ksef_number: str
    accepted_at: datetime
    session: str
    offline: bool


@dataclass(frozen=True, kw_only=True)
class SubmissionRejected(Event):
    """KSeF refused the document for good: the status code, and its reason in KSeF's words."""

    code: int
    error: str


@dataclass(frozen=True, kw_only=True)
class SubmissionReleased(Event):
    """A person found that the reason is gone: the same document is sent again."""


@dataclass(frozen=True, kw_only=True)
class UpoKept(Event):
    """The official confirmation of receipt was fetched; its bytes are kept beside."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A submission as its events have made it; ``attempts`` counts the sendings."""

    document_id: str
    version: int
    seller: str
    number: str
    kind: str
    original_id: str | None
    sha256: str
    mode: str
    status: str
    issued_on: date
    deadline: date | None
    changed_at: datetime
    attempts: int = 0
    session: str | None = None
    reference: str | None = None
    ksef_number: str | None = None
    accepted_at: datetime | None = None
    upo_sha256: str | None = None
    code: int | None = None
    error: str | None = None
    next_attempt_at: datetime | None = None

    @property
    def offline(self) -> bool:
        """Whether it is declared as issued offline."""
        return self.mode != deadlines.ONLINE

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status == REJECTED or self.upo_sha256 is not None


FIELDS = tuple(own.name for own in fields(Submission))


def submission_key(document: str) -> str:
    """The name of the stream of a document's submission."""
    return f"{KSEF_STREAMS}{document}"


def replay(events: Iterable[Any]) -> Submission | None:
    """The submission that some events make; None if there are none."""
    submission: Submission | None = None
    for event in events:
        if isinstance(event, SubmissionQueued):
            submission = _begun(event)
        elif submission is not None:
            submission = evolve(submission, event)
    return submission


def _begun(event: SubmissionQueued) -> Submission:
    return Submission(
        document_id=event.document,
        version=event.originator_version,
        seller=event.seller,
        number=event.number,
        kind=event.kind,
        original_id=event.original,
        sha256=event.sha256,
        mode=deadlines.ONLINE,
        status=WAITING,
        issued_on=event.issued_on,
        deadline=event.deadline,
        changed_at=event.recorded_at,
    )


def evolve(submission: Submission, event: Any) -> Submission:
    """The submission after one more event."""
    changes = {
        **CHANGES[type(event)](submission, event),
        "version": event.originator_version,
        "changed_at": event.recorded_at,
    }
    return replace(submission, **changes)


Changes = dict[str, Any]
NOTHING_WRONG: Changes = {"code": None, "error": None, "next_attempt_at": None}


def _offline(_: Submission, event: WentOffline) -> Changes:
    return {"mode": event.mode, "deadline": event.deadline}


def _sent(before: Submission, event: SubmissionSent) -> Changes:
    own = {"session": event.session, "reference": event.reference}
    return {**NOTHING_WRONG, **own, "status": SENT, "attempts": before.attempts + 1}


def _delayed(before: Submission, event: SubmissionDelayed) -> Changes:
    # What was sent has been counted then; what was not is counted now.
    attempts = before.attempts + (before.status == WAITING)
    own = {"error": event.error, "next_attempt_at": event.next_attempt_at}
    return {**own, "status": WAITING, "attempts": attempts, "session": None, "reference": None}


def _accepted(before: Submission, event: SubmissionAccepted) -> Changes:
    # What is sent later than on its day of issue is offline to KSeF, declared or not.
    late = event.offline and before.mode == deadlines.ONLINE
    return {
        **NOTHING_WRONG,
        "status": ACCEPTED,
        "mode": deadlines.OFFLINE24 if late else before.mode,
        "ksef_number": event.ksef_number,
        "accepted_at": event.accepted_at,
        "session": event.session,
    }


def _rejected(_: Submission, event: SubmissionRejected) -> Changes:
    return {"status": REJECTED, "code": event.code, "error": event.error, "next_attempt_at": None}


def _released(_: Submission, __: SubmissionReleased) -> Changes:
    return {**NOTHING_WRONG, "status": WAITING, "attempts": 0, "session": None, "reference": None}


def _upo_kept(_: Submission, event: UpoKept) -> Changes:
    return {"upo_sha256": event.sha256}


CHANGES: Mapping[type[Any], Any] = {
    WentOffline: _offline,
    SubmissionSent: _sent,
    SubmissionDelayed: _delayed,
    SubmissionAccepted: _accepted,
    SubmissionRejected: _rejected,
    SubmissionReleased: _released,
    UpoKept: _upo_kept,
}


def keep(submission: Submission) -> Statement:
    """The read model's row of a submission."""
    return Statement(queries.KEEP, asdict(submission), changes=1)


def queued(
    document_id: str,
    seller_tax_id: str,
    number: str,
    kind: str,
    issued_on: date,
    sha256: str,
    now: datetime,
    original: str | None = None,
) -> tuple[SubmissionQueued, Statement]:
    """What is saved with the event that issues a document, so that it is sent.

    ``sha256`` is that of the XML, which is saved then as well. ``original`` is given where the
    corrected document has a submission too; one from before KSeF has none, and nothing waits.
    """
    event = SubmissionQueued(
        originator_id=submission_key(document_id),
        originator_version=1,
        recorded_at=now,
        document=document_id,
        seller=seller_tax_id,
        number=number,
        kind=kind,
        issued_on=issued_on,
        deadline=deadlines.business_day_after(issued_on, deadlines.BUSINESS_DAYS[deadlines.ONLINE]),
        sha256=sha256,
        original=original,
    )
    return event, keep(_begun(event))
