"""Announced work as an event-sourced aggregate: announced, and perhaps withdrawn (R89)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from billing.orders.order import Event
from billing.sla.forms import ExclusionForm
from billing.sla.record import Exclusion

EXCLUSIONS = "exclusion/"


@dataclass(frozen=True, kw_only=True)
class ExclusionAnnounced(Event):
    """Work on some orders' service was announced to the clients."""

    orders: list[str]
    start: datetime
    end: datetime
    announced: datetime
    by: str


@dataclass(frozen=True, kw_only=True)
class ExclusionWithdrawn(Event):
    """The work does not take place: it takes no time out of the service time."""

    by: str


@dataclass(frozen=True, slots=True)
class RecordedExclusion:
    """Announced work as its events have made it."""

    id: str
    version: int
    orders: tuple[str, ...]
    start: datetime
    end: datetime
    announced: datetime
    by: str
    withdrawn_by: str | None = None

    @property
    def status(self) -> str:
        """Whether it still holds."""
        return "announced" if self.withdrawn_by is None else "withdrawn"

    def facts(self) -> ExclusionForm:
        """The work in the form that a scenario states it in."""
        times = {"start": self.start, "end": self.end, "announced": self.announced}
        return ExclusionForm.model_validate({"orders": self.orders, **times})

    def exclusion(self) -> Exclusion:
        """The work as a value."""
        return self.facts().exclusion()


EXCLUSION: TypeAdapter[RecordedExclusion] = TypeAdapter(RecordedExclusion)


def evolve(before: RecordedExclusion | None, event: Any) -> RecordedExclusion:
    """The work after one more event."""
    match event:
        case ExclusionAnnounced():
            own = event.originator_id.removeprefix(EXCLUSIONS)
            times = (event.start, event.end, event.announced)
            version = event.originator_version
            return RecordedExclusion(own, version, tuple(event.orders), *times, event.by)
        case ExclusionWithdrawn() if before is not None:
            return replace(before, version=event.originator_version, withdrawn_by=event.by)
    raise ValueError(f"{type(event).__name__} cannot follow in {event.originator_id}")
