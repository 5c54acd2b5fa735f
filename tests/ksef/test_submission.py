"""Submissions as values: what an answer means, what is next, deadlines, KSeF numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ksef_client.utils.ksef_number import is_valid_ksef_number

from invoices.fa3.ksef_numbers import ksef_number, valid_ksef_number
from invoices.ksef.answers import Answer, Step, decide, delayed, next_step
from invoices.ksef.deadlines import business_day_after, deadline
from invoices.ksef.submission import (
    Submission,
    SubmissionAccepted,
    SubmissionDelayed,
    SubmissionRejected,
    SubmissionSent,
    UpoKept,
    WentOffline,
    evolve,
    queued,
    replay,
)

NOW = datetime(2025, 11, 7, 12, tzinfo=UTC)
FRIDAY = date(2025, 11, 7)
HASH, OTHER_HASH = "ab" * 32, "cd" * 32
NUMBER = "1111111111-20251107-010000000001-4C"
QUEUED, _ = queued("invoice/a/2025-10", "1111111111", "FV/1", "invoice", FRIDAY, HASH, NOW)
(WAITING,) = (own for own in [replay([QUEUED])] if own is not None)


def after(submission: Submission, kind: Any, **details: Any) -> Submission:
    """A submission after one more event."""
    event = kind(
        originator_id="ksef/x",
        originator_version=submission.version + 1,
        recorded_at=NOW,
        **details,
    )
    return evolve(submission, event)


SENT = after(WAITING, SubmissionSent, session="s", reference="r", offline=False)
ACCEPTED = after(
    SENT, SubmissionAccepted, ksef_number=NUMBER, accepted_at=NOW, session="s", offline=False
)
REJECTED = after(SENT, SubmissionRejected, code=430, error="no")
DONE = after(ACCEPTED, UpoKept, sha256="ef" * 32)
DELAYED = after(WAITING, SubmissionDelayed, error="500", next_attempt_at=NOW + timedelta(seconds=1))
CORRECTION = replace(WAITING, original_id="invoice/a/2025-09")


# What is next


@pytest.mark.parametrize(
    ("submission", "original", "step"),
    [
        (WAITING, None, Step.SEND),
        (SENT, None, Step.ASK),
        (ACCEPTED, None, Step.FETCH_UPO),
        (DONE, None, Step.NOTHING),
        (REJECTED, None, Step.NOTHING),
        (DELAYED, None, Step.WAIT),
        (replace(DELAYED, next_attempt_at=NOW), None, Step.SEND),
        (CORRECTION, None, Step.WAIT_FOR_ORIGINAL),
        (CORRECTION, "waiting", Step.WAIT_FOR_ORIGINAL),
        (CORRECTION, "sent", Step.WAIT_FOR_ORIGINAL),
        (CORRECTION, "rejected", Step.WAIT_FOR_ORIGINAL),
        (CORRECTION, "accepted", Step.SEND),
    ],
)
def test_what_is_next(submission: Submission, original: str | None, step: Step) -> None:
    """One step for each state."""
    assert next_step(submission, original, NOW) is step


# What an answer means


def answer(code: int, **more: Any) -> Answer:
    """What KSeF says of the document."""
    return Answer(code, "as KSeF says", "s", reference="r", **more)


OURS = answer(200, number="FV/1", sha256=HASH, ksef_number=NUMBER)


@pytest.mark.parametrize(
    ("said", "first", "kind"),
    [
        (answer(100), None, None),
        (answer(150), None, None),
        (answer(200, ksef_number=NUMBER), None, SubmissionAccepted),
        (answer(200), None, SubmissionDelayed),
        (answer(405), None, SubmissionDelayed),
        (answer(410), None, SubmissionRejected),
        (answer(415), None, SubmissionRejected),
        (answer(430), None, SubmissionRejected),
        (answer(435), None, SubmissionDelayed),
        (answer(440), OURS, SubmissionAccepted),
        (answer(440), replace(OURS, code=150, ksef_number=None), None),
        (answer(440), replace(OURS, sha256=OTHER_HASH), SubmissionRejected),
        (answer(440), replace(OURS, number="FV/2"), SubmissionRejected),
        (answer(440), None, SubmissionRejected),
        (answer(450), None, SubmissionRejected),
        (answer(500), None, SubmissionRejected),
        (answer(550), None, SubmissionDelayed),
        (answer(999), None, SubmissionRejected),
    ],
)
def test_what_an_answer_means(said: Answer, first: Answer | None, kind: Any) -> None:
    """One event for each code, or none while KSeF works on it."""
    decision = decide(SENT, said, NOW, first)
    assert (None if decision is None else decision[0]) is kind


@pytest.mark.parametrize(("code", "final"), [(405, True), (435, True), (550, False)])
def test_some_troubles_are_final_after_a_while(code: int, final: bool) -> None:
    """A document that can never be decrypted does not go round for ever."""
    decision = decide(replace(SENT, attempts=5), answer(code), NOW)
    assert decision is not None
    assert (decision[0] is SubmissionRejected) is final


def test_a_duplicate_of_ours_has_the_session_of_the_first() -> None:
    """There its confirmation of receipt is."""
    decision = decide(SENT, answer(440), NOW, replace(OURS, session="earlier"))
    assert decision is not None
    assert (decision[1]["session"], decision[1]["ksef_number"]) == ("earlier", NUMBER)


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(0, 2), (1, 4), (5, 64), (10, 2048), (11, 3600), (10_000, 3600)]
)
def test_the_wait_doubles_up_to_an_hour(attempts: int, seconds: int) -> None:
    """From two seconds on."""
    _, details = delayed(replace(WAITING, attempts=attempts), "500", NOW)
    assert details["next_attempt_at"] - NOW == timedelta(seconds=seconds)


def test_attempts_are_counted_once_each() -> None:
    """Whether KSeF took the document over or not."""
    assert (SENT.attempts, DELAYED.attempts) == (1, 1)
    again = after(SENT, SubmissionDelayed, error="550", next_attempt_at=NOW)
    assert (again.attempts, again.status, again.session) == (1, "waiting", None)


# Modes and deadlines


@pytest.mark.parametrize(
    ("mode", "issued", "ended", "last"),
    [
        ("online", "2025-11-07", None, "2025-11-10"),
        ("offline24", "2025-11-07", None, "2025-11-10"),
        ("offline24", "2025-11-10", None, "2025-11-12"),
        ("offline24", "2025-12-23", None, "2025-12-29"),
        ("unavailability", "2025-11-07", None, None),
        ("unavailability", "2025-11-07", "2025-11-12", "2025-11-13"),
        ("failure", "2025-11-07", None, None),
        ("failure", "2025-11-07", "2025-11-07", "2025-11-19"),
    ],
)
def test_by_when_it_must_be_sent(
    mode: str, issued: str, ended: str | None, last: str | None
) -> None:
    """Business Days: over a weekend, 11 November, Christmas Eve and Christmas."""
    ended_on = None if ended is None else date.fromisoformat(ended)
    found = deadline(mode, date.fromisoformat(issued), ended_on)
    assert found == (None if last is None else date.fromisoformat(last))


@given(st.dates(date(2024, 1, 1), date(2030, 1, 1)), st.integers(1, 10))
def test_more_business_days_end_later(day: date, count: int) -> None:
    """Each one after the one before."""
    assert business_day_after(day, count) < business_day_after(day, count + 1)
    assert business_day_after(business_day_after(day, 1), count) == business_day_after(
        day, count + 1
    )


def test_what_is_queued_is_due_on_the_next_business_day() -> None:
    """Later than its day of issue KSeF takes it for one of offline24."""
    assert (WAITING.mode, WAITING.deadline) == ("online", date(2025, 11, 10))


def test_what_ksef_says_was_offline_was_offline() -> None:
    """Declared so by us, or sent later than on its day."""
    details = {"ksef_number": NUMBER, "accepted_at": NOW, "session": "s", "offline": True}
    assert after(SENT, SubmissionAccepted, **details).mode == "offline24"
    declared = after(SENT, WentOffline, mode="failure", deadline=None)
    assert after(declared, SubmissionAccepted, **details).mode == "failure"
    assert (declared.offline, SENT.offline) == (True, False)


# KSeF numbers


@given(st.integers(0, 16**12 - 1), st.dates(date(2026, 1, 1), date(2090, 1, 1)))
def test_a_number_that_is_made_is_one(technical: int, day: date) -> None:
    """To us, and to the library, which reckons by itself."""
    number = ksef_number("5260001246", day, technical)
    assert len(number) == 35
    assert valid_ksef_number(number)
    assert is_valid_ksef_number(number)


@given(st.integers(0, 34), st.sampled_from("0123456789ABCDEF-x"))
def test_one_wrong_sign_is_found(place: int, sign: str) -> None:
    """Wherever it stands."""
    number = ksef_number("5260001246", date(2026, 2, 1), 0x0100001AF629)
    changed = number[:place] + sign + number[place + 1 :]
    assert valid_ksef_number(changed) is (changed == number)


def test_a_number_of_the_documentation() -> None:
    """As the Ministry prints it."""
    assert valid_ksef_number("5265877635-20250826-0100001AF629-AF")
    assert not valid_ksef_number("5265877635-20250826-0100001AF629-AF\n")
