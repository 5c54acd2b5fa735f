"""Runs of a month's end that people start from a page, and how far each has come.

It is kept for people to look at: the steps themselves rest on nothing of it, and may be done again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.decisions import Decisions
from invoices.closing import queries
from invoices.closing.steps import Said, Step
from metering.calendar import Period
from metering.store import Statement

RUNNING = "running"
DONE, STOPPED, FAILED, BROKEN_OFF = "done", "stopped", "failed", "broken_off"
NOTHING_SAID = Said("")


@dataclass(frozen=True, slots=True)
class StepProgress:
    """A step as it goes, or as it ended."""

    name: str
    state: str
    reached: int = 0
    total: int = 0
    said: Said = NOTHING_SAID
    details: tuple[Said, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthRun:
    """A run with its steps so far; ``outcome`` is None while it has not ended."""

    id: int
    part: str
    only_checked: bool
    asked_by: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    steps: tuple[StepProgress, ...]

    def status(self, *, is_alive: bool) -> str:
        """Its outcome; one that did not end and is not alive was broken off."""
        return self.outcome or (RUNNING if is_alive else BROKEN_OFF)


class RunBook:
    """Writes down how a run goes. ``clock`` tells the time."""

    def __init__(self, decisions: Decisions, clock: Callable[[], datetime], period: Period) -> None:
        self._decisions = decisions
        self._clock = clock
        self._period = period
        self._run = 0
        self._turn = 0

    def open(self, part: str, by: str, *, only_checked: bool) -> int:
        """Begins a run; its id."""
        said = {"part": part, "by": by, "only_checked": only_checked, "at": self._clock()}
        rows = self._decisions.rows(queries.OPEN_RUN, period=self._period.first_day, **said)
        self._run, self._turn = rows[0]["id"], 0
        return self._run

    def begin(self, name: str) -> None:
        """The next step begins."""
        self._turn += 1
        self._keep(StepProgress(name, RUNNING))

    def reach(self, name: str, reached: int, total: int) -> None:
        """The step has done so much."""
        self._keep(StepProgress(name, RUNNING, reached, total))

    def end_step(self, step: Step) -> None:
        """The step has ended."""
        self._keep(StepProgress(step.name, step.state, said=step.said, details=step.details))

    def end(self, outcome: str) -> None:
        """The run has ended."""
        said = {"run": self._run, "at": self._clock(), "outcome": outcome}
        self._decisions.run(Statement(queries.END_RUN, said, changes=1))

    def _keep(self, own: StepProgress) -> None:
        row = {
            "run": self._run,
            "turn": self._turn,
            "name": own.name,
            "state": own.state,
            "reached": own.reached,
            "total": own.total,
            "said": json.dumps(own.said.as_json()),
            "details": json.dumps([one.as_json() for one in own.details]),
            "at": self._clock(),
        }
        self._decisions.run(Statement(queries.KEEP_STEP, row, changes=1))


def last_run(decisions: Decisions, period: Period) -> MonthRun | None:
    """The run of a month that was started last; None if there was none."""
    for row in decisions.rows(queries.LAST_RUN, period.first_day):
        steps = decisions.rows(queries.STEPS_OF, row["id"])
        return MonthRun(**row, steps=tuple(map(_step, steps)))
    return None


def _step(row: Mapping[str, Any]) -> StepProgress:
    details = tuple(Said(**own) for own in row["details"])
    return StepProgress(**{**row, "said": Said(**row["said"]), "details": details})
