"""What KSeF answers, as values, and what each answer means for a submission.

The status codes of a document are those of KSeF's API, version 2.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from billing.orders.order import Event
from invoices.ksef import submission as own
from invoices.ksef.submission import Submission

SUCCESS, DUPLICATE, CANCELLED = 200, 440, 550
LOST_WITH_SESSION, NOT_DECRYPTED = 405, 435

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(hours=1)
DOUBLINGS = 11
"""After so many the longest wait is reached."""
MOST_ATTEMPTS = 5
"""So often a document is sent that KSeF could not decrypt, or whose session it gave up."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What KSeF says of a document; ``sha256`` in hexadecimal.

    Of a duplicate it names the KSeF number and the session of the document that was there first.
    """

    code: int
    text: str
    session: str
    reference: str | None = None
    number: str | None = None
    sha256: str | None = None
    ksef_number: str | None = None
    accepted_at: datetime | None = None
    offline: bool = False
    first_number: str | None = None
    first_session: str | None = None


class Step(Enum):
    """What is to be done next with a submission."""

    SEND = "send"
    ASK = "ask"
    FETCH_UPO = "fetch the UPO"
    WAIT = "wait for the next attempt"
    WAIT_FOR_ORIGINAL = "wait for the original's KSeF number"
    NOTHING = "nothing"


def next_step(case: Submission, original_status: str | None, now: datetime) -> Step:
    """What is to be done next; ``original_status`` is that of the document it corrects."""
    if case.finished:
        return Step.NOTHING
    if case.status != own.WAITING:
        return Step.ASK if case.status == own.SENT else Step.FETCH_UPO
    if case.original_id is not None and original_status != own.ACCEPTED:
        return Step.WAIT_FOR_ORIGINAL
    if case.next_attempt_at is not None and case.next_attempt_at > now:
        return Step.WAIT
    return Step.SEND


Decision = tuple[type[Event], dict[str, Any]]
"""The event to record, and its details."""


def delayed(case: Submission, error: str, now: datetime, at_least: int = 0) -> Decision:
    """The next attempt: soon at first, then twice as late each time, up to an hour."""
    wait = min(FIRST_WAIT * 2 ** min(case.attempts, DOUBLINGS), LONGEST_WAIT)
    at = now + max(wait, timedelta(seconds=at_least))
    return own.SubmissionDelayed, {"error": error, "next_attempt_at": at}


def decide(
    case: Submission, answer: Answer, now: datetime, first: Answer | None = None
) -> Decision | None:
    """What an answer means; None while KSeF is still working on it.

    ``first`` is what KSeF says of the document that a duplicate repeats.
    """
    return MEANINGS.get(answer.code, _rejected)(case, answer, now, first)


def rejected(code: int, text: str) -> Decision:
    """KSeF does not want the document."""
    return own.SubmissionRejected, {"code": code, "error": text}


def _wait(*_: object) -> None:
    return None


def _rejected(_: Submission, answer: Answer, *__: object) -> Decision:
    return rejected(answer.code, answer.text)


def _accepted(case: Submission, answer: Answer, now: datetime, _: Answer | None) -> Decision:
    if answer.ksef_number is None:
        return delayed(case, "KSeF accepted it and gave no number", now)
    return own.SubmissionAccepted, {
        "ksef_number": answer.ksef_number,
        "accepted_at": answer.accepted_at or now,
        "session": answer.session,
        "offline": answer.offline,
    }


def _again(case: Submission, answer: Answer, now: datetime, _: Answer | None) -> Decision:
    return delayed(case, f"{answer.code}: {answer.text}", now)


def _again_for_a_while(case: Submission, answer: Answer, now: datetime, _: object) -> Decision:
    if case.attempts >= MOST_ATTEMPTS:
        return rejected(answer.code, answer.text)
    return delayed(case, f"{answer.code}: {answer.text}", now)


def _duplicate(
    case: Submission, answer: Answer, now: datetime, first: Answer | None
) -> Decision | None:
    """KSeF has it already: by an attempt of ours whose result was lost, or from somebody else."""
    if first is not None and first.sha256 == case.sha256:
        if first.code < SUCCESS:
            return None
        if first.number == case.number:
            return _accepted(case, first, now, None)
    other = answer.first_number or "a document that it does not name"
    text = f"{answer.text}: KSeF has {other}, and it cannot be seen to be this document"
    return rejected(DUPLICATE, text)


MEANINGS: Mapping[int, Callable[..., Decision | None]] = {
    100: _wait,
    150: _wait,
    SUCCESS: _accepted,
    LOST_WITH_SESSION: _again_for_a_while,
    NOT_DECRYPTED: _again_for_a_while,
    DUPLICATE: _duplicate,
    CANCELLED: _again,
}
"""Whatever is not here is final: KSeF will not take this document."""
RENEW_KEYS = (LOST_WITH_SESSION, NOT_DECRYPTED)
"""After these the public keys are fetched anew: they may have been replaced."""
