"""What persons decide of submissions: issued offline, or sent once more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from invoices.ksef import deadlines
from invoices.ksef.answers import Decision
from invoices.ksef.registry import Overtaken, Registry
from invoices.ksef.submission import (
    REJECTED,
    WAITING,
    Submission,
    SubmissionReleased,
    WentOffline,
)
from metering.problems import Problem, ProblemsFound


def mark_offline(
    registry: Registry, cases: Sequence[Submission], mode: str, ended_on: date | None
) -> list[Submission]:
    """Waiting documents are issued in an offline mode; raises ProblemsFound for others."""

    def decision(case: Submission) -> Decision:
        until = deadlines.deadline(mode, case.issued_on, ended_on)
        return WentOffline, {"mode": mode, "deadline": until}

    message = "it is {status}: only what still waits can be issued offline"
    return _record(registry, cases, WAITING, "not_waiting", message, decision)


def send_again(registry: Registry, cases: Sequence[Submission]) -> list[Submission]:
    """Rejected documents are sent once more; raises ProblemsFound for others."""
    message = "it is {status}: only what was rejected is sent again by hand"
    released: Decision = (SubmissionReleased, {})
    return _record(registry, cases, REJECTED, "not_rejected", message, lambda _: released)


def _record(
    registry: Registry,
    cases: Iterable[Submission],
    status: str,
    code: str,
    message: str,
    decision: Callable[[Submission], Decision],
) -> list[Submission]:
    wrong = [case for case in cases if case.status != status]
    if wrong:
        raise ProblemsFound(
            Problem(code, case.number, message.format(status=case.status)) for case in wrong
        )
    try:
        return [registry.record(case, decision(case)) for case in cases]
    except Overtaken as overtaken:
        sentence = f"{overtaken} was changed by somebody else meanwhile: look at it again"
        raise ProblemsFound([Problem("changed_meanwhile", "number", sentence)]) from overtaken
