"""Incidents, announced work, claims and service work as people write them in scenario files."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from billing.catalog.document import Priority
from billing.forms import Day, Exact, Form, Instant, Text
from billing.sla.record import UNAVAILABLE, Claim, Exclusion, Failure, Incident, ServiceWork
from billing.sla.service_time import Stretch
from metering.calendar import Interval, Period
from metering.problems import Problem

MOST_HOURS, HOUR_DECIMALS = 100_000, 6


def _period(value: Any) -> Period:
    return value if isinstance(value, Period) else Period.parse(str(value))


_PERIOD_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$"})
PeriodOf = Annotated[Period, BeforeValidator(_period), _PERIOD_SCHEMA]
Hours = Annotated[Exact, Field(gt=0, le=MOST_HOURS, decimal_places=HOUR_DECIMALS)]


class ForOrders(Form):
    """Something that concerns one order or several."""

    orders: tuple[Text, ...] = Field(min_length=1)

    def problems(self, known: Collection[str]) -> list[Problem]:
        """Orders that are not known."""
        named = enumerate(self.orders)
        return [own for i, order in named for own in _unknown(order, f"orders[{i}]", known)]


class ForOrder(Form):
    """Something that concerns one order."""

    order: Text

    def problems(self, known: Collection[str]) -> list[Problem]:
        """The order, if it is not known."""
        return list(_unknown(self.order, "order", known))


def _unknown(order: str, path: str, known: Collection[str]) -> Iterator[Problem]:
    if order not in known:
        yield Problem("unknown_order", path, f"there is no order {order}: add it under orders")


class TimeForm(Form):
    """Some time; without an end it goes on."""

    start: Instant = Field(alias="from")
    end: Instant | None = Field(default=None, alias="to")

    def interval(self) -> Interval:
        """The time as a value."""
        return Interval(self.start, self.end)

    def ends_before_start(self) -> Iterator[Problem]:
        """Time that ends when it begins, or before."""
        if self.end is not None and self.end <= self.start:
            message = f"it ends at {self.end}, not after it begins at {self.start}"
            yield Problem("ends_before_start", "to", message)


class FailureForm(TimeForm):
    service: Text = ""


STEPS = (
    ("repaired", "reported", "ends_before_start"),
    ("repaired", "qualified", "repaired_before_qualified"),
    ("qualified", "reported", "qualified_before_reported"),
)
"""What cannot be before what, and what the mistake is called."""


class IncidentFacts(ForOrders):
    """An incident as far as it is known; its priority may not be known yet."""

    id: Text = Field(min_length=1, max_length=256)
    priority: Priority | None = None
    reported: Instant | None = None
    reported_by: Literal["client", "user", "provider"] | None = "client"
    qualified: Instant | None = None
    repaired: Instant | None = None
    cause: Literal["provider", "external"] = "provider"
    service_unavailable: bool | None = None
    down: tuple[FailureForm, ...] = ()
    client_action: tuple[TimeForm, ...] = ()

    def problems(self, known: Collection[str]) -> list[Problem]:
        """Orders that are not known, and times that contradict each other."""
        times = (*_times("down", self.down), *_times("client_action", self.client_action))
        return [*super().problems(known), *self._steps(), *times]

    def _steps(self) -> Iterator[Problem]:
        for later, earlier, code in STEPS:
            after, before = getattr(self, later), getattr(self, earlier)
            if after is not None and before is not None and after < before:
                message = f"{self.id} is {later} at {after}, before it is {earlier} at {before}"
                yield Problem(code, later, message)

    def incident(self) -> Incident:
        """The incident as a value; critical and high ones make the service unavailable (R109)."""
        given = self.service_unavailable
        return Incident(
            id=self.id,
            orders=self.orders,
            priority=self.priority,
            reported=self.reported,
            reported_by=self.reported_by,
            qualified=self.qualified,
            repaired=self.repaired,
            cause=self.cause,
            service_unavailable=self.priority in UNAVAILABLE if given is None else given,
            down=tuple(Failure(own.interval(), own.service) for own in self.down),
            client_action=tuple(own.interval() for own in self.client_action),
        )


class IncidentForm(IncidentFacts):
    priority: Priority


def _times(name: str, times: Sequence[TimeForm]) -> Iterator[Problem]:
    """Times that are empty, or overlap although they are those of one incident and service."""
    for i, own in enumerate(times):
        yield from (problem.under(f"{name}[{i}]") for problem in own.ends_before_start())
    in_order = sorted(enumerate(times), key=lambda own: (_service(own[1]), own[1].start))
    for (_, before), (i, after) in pairwise(in_order):
        goes_on = before.end is None or after.start < before.end
        if goes_on and _service(before) == _service(after):
            message = f"it begins at {after.start}, before the time from {before.start} has ended"
            yield Problem("overlaps_itself", f"{name}[{i}].from", message)


def _service(time: TimeForm) -> str:
    return time.service if isinstance(time, FailureForm) else ""


class ExclusionForm(ForOrders):
    start: Instant = Field(alias="from")
    end: Instant = Field(alias="to")
    announced: Instant | None = None

    def problems(self, known: Collection[str]) -> list[Problem]:
        """Orders that are not known, and work that takes no time."""
        time = TimeForm(start=self.start, end=self.end)
        return [*super().problems(known), *time.ends_before_start()]

    def exclusion(self) -> Exclusion:
        """The work as a value."""
        return Exclusion(self.orders, Stretch(self.start, self.end), self.announced)


class ClaimForm(ForOrder):
    period: PeriodOf
    filed: Day
    confirmed: Day | None = None
    refused: Day | None = None

    def problems(self, known: Collection[str]) -> list[Problem]:
        """An order that is not known, and a decision that contradicts itself."""
        return [*super().problems(known), *self._decision()]

    def _decision(self) -> Iterator[Problem]:
        if self.confirmed is not None and self.refused is not None:
            message = "a claim is either confirmed or refused: take one of them out"
            yield Problem("contradiction", "refused", message)
        for name, day in (("confirmed", self.confirmed), ("refused", self.refused)):
            if day is not None and day < self.filed:
                message = f"the claim is {name} on {day}, before it is filed on {self.filed}"
                yield Problem(f"{name}_before_filed", name, message)

    def claim(self) -> Claim:
        """The claim as a value."""
        decided = self.confirmed or self.refused
        return Claim(self.order, self.period, self.filed, decided, self.confirmed is not None)


class ServiceWorkForm(ForOrder):
    hours: Hours
    accepted: Day | None = None
    performed: Day | None = None

    def problems(self, known: Collection[str]) -> list[Problem]:
        """An order that is not known, and work that began before it was accepted (R117)."""
        found = super().problems(known)
        if self.accepted and self.performed and self.performed < self.accepted:
            message = f"work starts when its estimate is accepted, not before {self.accepted}"
            found.append(Problem("performed_before_accepted", "performed", message))
        return found

    def work(self) -> ServiceWork:
        """The work as a value."""
        return ServiceWork(self.order, self.hours, self.accepted, self.performed)
