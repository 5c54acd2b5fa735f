"""The incident as an event-sourced aggregate: what was reported, decided and done, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import TypeAdapter

from billing.forms import Form
from billing.orders.order import Event
from billing.sla.forms import FailureForm, IncidentFacts, TimeForm
from billing.sla.record import Incident, ServiceWork
from billing.sla.recorded.parts import Cause, Estimate, NoRepair, Qualification, RepairMade, Report

INCIDENTS = "incident/"
FormT = TypeVar("FormT", bound=Form)


@dataclass(frozen=True, kw_only=True)
class IncidentReported(Event):
    """An incident became known; ``reported_by`` is None where nobody reported it.

    Stated again, the last report counts, with its orders.
    """

    orders: list[str]
    reported: datetime | None
    reported_by: str | None
    reporter: str
    channel: str
    device: str
    first_noticed: datetime | None
    description: str
    data_concerned: str
    category: str


@dataclass(frozen=True, kw_only=True)
class IncidentQualified(Event):
    """A person gave it a priority, or another one, and the client was told."""

    priority: str
    told: datetime
    by: str
    example: str | None
    share: str | None
    service_unavailable: bool | None
    is_first: bool


@dataclass(frozen=True, kw_only=True)
class FailuresStated(Event):
    """All the times in which critical functions were down; they replace those stated before."""

    down: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class WaitsStated(Event):
    """All the times of the client's own actions; they replace those stated before (R107)."""

    client_action: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class WaitStarted(Event):
    """The provider began to wait for the client."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class WaitEnded(Event):
    """The client did what the provider waited for."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class IncidentRepaired(Event):
    """It was repaired; stated again, the last statement counts."""

    at: datetime
    how: str
    by: str
    consent: str


@dataclass(frozen=True, kw_only=True)
class RepairImpossible(Event):
    """The client was told that the earlier state cannot be restored; no clock stops (R114)."""

    at: datetime
    by: str
    note: str


@dataclass(frozen=True, kw_only=True)
class CauseFound(Event):
    """A person found the cause; found again, the last finding counts."""

    cause: str
    by: str
    evidence: str
    link: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class EstimateMade(Event):
    """Work on the report was estimated for an order; one not yet accepted is replaced."""

    order: str
    hours: Decimal
    price: Decimal
    made: date
    by: str


@dataclass(frozen=True, kw_only=True)
class EstimateAccepted(Event):
    """The client accepted an order's estimate."""

    order: str
    accepted: date
    decided_by: str


@dataclass(frozen=True, kw_only=True)
class EstimateDeclined(Event):
    """The client declined an order's estimate."""

    order: str
    declined: date
    decided_by: str


@dataclass(frozen=True, kw_only=True)
class WorkPerformed(Event):
    """The accepted work was done."""

    order: str
    performed: date


@dataclass(frozen=True, slots=True)
class DoneWork:
    """Work on a false report that is to be charged: ``id`` tells it from all others."""

    id: str
    order: str
    hours: Decimal
    price: Decimal
    performed: date


@dataclass(frozen=True, slots=True)
class RecordedIncident:
    """An incident as its events have made it.

    ``qualified`` is when the client was first told a priority: the repair clock runs from there,
    whatever the priority becomes later (R105).
    """

    id: str
    version: int
    recorded_at: datetime
    orders: tuple[str, ...]
    report: Report
    qualified: datetime | None = None
    qualification: Qualification | None = None
    down: tuple[FailureForm, ...] = ()
    client_action: tuple[TimeForm, ...] = ()
    repair: RepairMade | None = None
    impossible: NoRepair | None = None
    cause: Cause | None = None
    estimates: tuple[Estimate, ...] = ()

    @property
    def status(self) -> str:
        """How far it has come."""
        if self.repair is not None:
            return "repaired"
        if self.cause is not None and self.cause.cause == "external":
            return "external"
        return "reported" if self.qualification is None else "qualified"

    def facts(self) -> IncidentFacts:
        """What is known of it, in the form that a scenario states an incident in."""
        own = self.qualification
        return IncidentFacts(
            id=self.id,
            orders=self.orders,
            priority=own.priority if own else None,
            reported=self.report.reported,
            reported_by=self.report.reported_by,
            qualified=self.qualified,
            repaired=self.repair.at if self.repair else None,
            cause=self.cause.cause if self.cause else "provider",
            service_unavailable=own.service_unavailable if own else None,
            down=self.down,
            client_action=self.client_action,
        )

    def incident(self) -> Incident:
        """The incident as a value."""
        return self.facts().incident()

    def work(self) -> Iterator[ServiceWork]:
        """The work on it; where the cause is the provider's after all, there is none to pay."""
        if self.cause is not None and self.cause.cause == "external":
            yield from (own.work().work() for own in self.estimates if own.declined is None)

    def done(self) -> Iterator[DoneWork]:
        """The work that was accepted and done, at the price that was accepted."""
        performed = [own for own in self.estimates if own.performed is not None]
        if self.cause is not None and self.cause.cause == "external":
            for n, own in enumerate(performed, 1):
                day = own.performed or own.made
                yield DoneWork(f"{self.id}/{n}", own.order, own.hours, own.price, day)

    def estimate(self, order: str) -> Estimate | None:
        """The latest estimate for an order."""
        return next((own for own in reversed(self.estimates) if own.order == order), None)


INCIDENT: TypeAdapter[RecordedIncident] = TypeAdapter(RecordedIncident)


def given(event: Event) -> dict[str, Any]:
    """What an event says beside what every event says of itself."""
    return {key: own for key, own in vars(event).items() if key not in EVERY}


EVERY = frozenset(Event.__dataclass_fields__)


def evolve(before: RecordedIncident | None, event: Any) -> RecordedIncident:
    """The incident after one more event."""
    if isinstance(event, IncidentReported):
        said = given(event)
        orders, own = tuple(said.pop("orders")), event.originator_id.removeprefix(INCIDENTS)
        report = Report.model_validate(said)
        if before is not None:
            version = event.originator_version
            return replace(before, orders=orders, report=report, version=version)
        return RecordedIncident(own, event.originator_version, event.recorded_at, orders, report)
    if before is None or type(event) not in CHANGES:
        raise ValueError(f"{type(event).__name__} cannot follow in {event.originator_id}")
    return replace(CHANGES[type(event)](before, event), version=event.originator_version)


def _qualified(before: RecordedIncident, event: Any) -> RecordedIncident:
    own = Qualification.model_validate(given(event))
    first = own.told if own.is_first or before.qualified is None else before.qualified
    return replace(before, qualification=own, qualified=first)


def _times(forms: type[FormT], times: Sequence[Any]) -> tuple[FormT, ...]:
    return tuple(forms.model_validate(own) for own in times)


def _ended(before: RecordedIncident, event: Any) -> RecordedIncident:
    """The wait that goes on ends; there is one at most, or they would overlap."""
    times = [
        TimeForm(start=own.start, end=event.at) if own.end is None else own
        for own in before.client_action
    ]
    return replace(before, client_action=tuple(times))


def _started(before: RecordedIncident, event: Any) -> RecordedIncident:
    return replace(before, client_action=(*before.client_action, TimeForm(start=event.at)))


def _made(before: RecordedIncident, event: Any) -> RecordedIncident:
    """One that the client has not decided on yet gives way."""
    kept = [own for own in before.estimates if own.order != event.order or own.state != "made"]
    return replace(before, estimates=(*kept, Estimate.model_validate(given(event))))


def _moved(before: RecordedIncident, event: Any) -> RecordedIncident:
    """The latest estimate of the order goes on."""
    own = before.estimate(event.order)
    if own is None:
        raise ValueError(f"{event.originator_id} has no estimate for {event.order}")
    after = Estimate.model_validate({**own.model_dump(), **given(event)})
    moved = tuple(after if one is own else one for one in before.estimates)
    return replace(before, estimates=moved)


CHANGES: Mapping[type[Any], Callable[[RecordedIncident, Any], RecordedIncident]] = {
    IncidentQualified: _qualified,
    FailuresStated: lambda own, event: replace(own, down=_times(FailureForm, event.down)),
    WaitsStated: lambda own, event: replace(
        own, client_action=_times(TimeForm, event.client_action)
    ),
    WaitStarted: _started,
    WaitEnded: _ended,
    IncidentRepaired: lambda own, e: replace(own, repair=RepairMade.model_validate(given(e))),
    RepairImpossible: lambda own, e: replace(own, impossible=NoRepair.model_validate(given(e))),
    CauseFound: lambda own, event: replace(own, cause=Cause.model_validate(given(event))),
    EstimateMade: _made,
    EstimateAccepted: _moved,
    EstimateDeclined: _moved,
    WorkPerformed: _moved,
}
"""What each kind of event changes."""
