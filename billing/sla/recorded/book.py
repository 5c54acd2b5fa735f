"""Where the streams of one kind are read and written, each event with the row it makes.

Two people may change the same thing at once: one of them wins, the other is told to look again,
because what the other has decided on is no longer so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from eventsourcing.persistence import IntegrityError
from pydantic import TypeAdapter

from billing.decisions import Decisions, plain
from billing.sla.recorded import claim, exclusion, incident, queries
from metering.problems import Problem, ProblemsFound
from metering.store import Statement


class State(Protocol):
    """What every kind's state says of itself."""

    @property
    def version(self) -> int: ...
    @property
    def orders(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str: ...


StateT = TypeVar("StateT", bound=State)


@dataclass(frozen=True, slots=True)
class Kind(Generic[StateT]):
    """A kind of stream: its word, how its names begin, and what its events and state are."""

    word: str
    prefix: str
    evolve: Callable[[StateT | None, Any], StateT]
    adapter: TypeAdapter[StateT]

    def replay(self, events: Any) -> StateT | None:
        """What some events make; None if there are none."""
        state: StateT | None = None
        for event in events:
            state = self.evolve(state, event)
        return state

    def row(self, key: str, state: StateT) -> dict[str, Any]:
        """The read model's row."""
        details = dict(plain(self.adapter, state))
        own = {"version": state.version, "orders": list(state.orders), "status": state.status}
        return {"id": key, **own, "details": details}


INCIDENT_KIND = Kind("incident", incident.INCIDENTS, incident.evolve, incident.INCIDENT)
EXCLUSION_KIND = Kind("exclusion", exclusion.EXCLUSIONS, exclusion.evolve, exclusion.EXCLUSION)
CLAIM_KIND = Kind("claim", claim.CLAIMS, claim.evolve, claim.CLAIM)


class Book(Generic[StateT]):
    """The streams of one kind. ``now`` is when they are written to."""

    def __init__(self, decisions: Decisions, kind: Kind[StateT], now: datetime) -> None:
        self._decisions = decisions
        self._kind = kind
        self._now = now

    def find(self, key: str) -> StateT | None:
        """What a stream's events make; None if it has none."""
        return self._kind.replay(self._decisions.events.get(f"{self._kind.prefix}{key}"))

    def get(self, key: str) -> StateT:
        """What a stream's events make; raises ProblemsFound where it has none."""
        state = self.find(key)
        if state is None:
            word = self._kind.word
            message = f"there is no {word} {key}: `licznik {word}s list` shows those there are"
            raise refuse(f"unknown_{word}", word, message)
        return state

    def check_new(self, key: str) -> list[Problem]:
        """The problem of a stream that has events already."""
        word = self._kind.word
        if self.find(key) is None:
            return []
        message = f"{word} {key} is recorded already: `licznik {word}s list` shows it"
        return [Problem(f"duplicate_{word}", word, message)]

    def after(
        self, key: str, before: StateT | None, event: type[Any], said: Mapping[str, Any]
    ) -> tuple[Any, StateT]:
        """The next event of a stream, and what it makes; nothing is saved."""
        made = event(
            originator_id=f"{self._kind.prefix}{key}",
            originator_version=before.version + 1 if before else 1,
            recorded_at=self._now,
            **said,
        )
        return made, self._kind.evolve(before, made)

    def save(self, key: str, after: StateT, *events: Any) -> StateT:
        """Saves events with the row they make; raises ProblemsFound if somebody was first."""
        try:
            self._decisions.save(*events, statements=[self._keep(key, after)])
        except IntegrityError as error:
            word = self._kind.word
            message = f"{word} {key} was changed by somebody else meanwhile: look at it again"
            raise refuse("changed_meanwhile", word, message) from error
        return after

    def _keep(self, key: str, state: StateT) -> Statement:
        row = self._kind.row(key, state)
        details = self._kind.adapter.dump_json(state).decode()
        return Statement(queries.KEEP[self._kind.word], {**row, "details": details})


def refuse(code: str, path: str, message: str) -> ProblemsFound:
    """A command that cannot be done, for one reason."""
    return ProblemsFound([Problem(code, path, message)])
