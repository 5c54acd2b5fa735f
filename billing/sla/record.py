"""What happened to a service: incidents, announced work, claims, and work on false reports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.catalog.document import Priority
from billing.sla.service_time import Stretch, united
from metering.calendar import Interval, Period, local_day

UNAVAILABLE = frozenset({"critical", "high"})
"""Priorities of incidents in which the service, or a part of it, is unavailable (R109)."""
CUSTOMERS = frozenset({"client", "user"})
"""Whose report is the client's (R94, R99)."""

INSTANT = timedelta(microseconds=1)
"""The shortest time: what ends at midnight has its last instant on the day before."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Time in which critical functions were down (R90); without an end it goes on.

    ``service`` names the part that failed, where a level is measured for each (R157).
    """

    life: Interval
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """A fault of some orders' service, as far as it is known.

    ``priority`` is None until a person has qualified it; ``reported`` is None where nobody reported
    it; ``qualified`` is when the client was told the
    priority, from which the repair clock runs (R105); ``client_action`` are the times for which the
    provider waited for the client (R107).
    """

    id: str
    orders: tuple[str, ...]
    priority: Priority | None
    reported: datetime | None = None
    reported_by: str | None = None
    qualified: datetime | None = None
    repaired: datetime | None = None
    cause: str = "provider"
    service_unavailable: bool
    down: tuple[Failure, ...] = ()
    client_action: tuple[Interval, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether the provider caused it; else it gives no B, credit or penalty (R115)."""
        return self.cause == "provider"

    def was_reported_in(self, period: Period) -> bool:
        """Whether the client or a user reported it in a period."""
        return (
            self.reported is not None and self.reported in period and self.reported_by in CUSTOMERS
        )

    def failures(self, until: datetime, service: str | None = None) -> Iterator[Stretch]:
        """The time in which critical functions were down; what goes on counts up to ``until``."""
        for own in self.down:
            if service in (None, own.service):
                yield from stretches((own.life,), until)

    def waits(self, until: datetime) -> list[Stretch]:
        """The time of the client's own actions."""
        return united(stretches(self.client_action, until))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Planned work; it is taken out of the service time if it was announced in time (R89)."""

    orders: tuple[str, ...]
    work: Stretch
    announced: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client claims for a period; ``decided`` is when a person confirmed or refused it."""

    order: str
    period: Period
    filed: date
    decided: date | None = None
    is_confirmed: bool = False


@dataclass(frozen=True, slots=True)
class ServiceWork:
    """Work on a report whose cause was not the provider's: ``hours`` as in the estimate (R116).

    It starts, and is charged, only after the client ``accepted`` the estimate (R117).
    """

    order: str
    hours: Decimal
    accepted: date | None = None
    performed: date | None = None


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """All that happened to the services of some orders, or of one."""

    incidents: tuple[Incident, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    claims: tuple[Claim, ...] = ()
    work: tuple[ServiceWork, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.incidents or self.exclusions or self.claims or self.work)

    def of(self, order: str) -> ServiceRecord:
        """What concerns one order."""
        return replace(
            self,
            incidents=tuple(own for own in self.incidents if order in own.orders),
            exclusions=tuple(own for own in self.exclusions if order in own.orders),
            claims=tuple(own for own in self.claims if own.order == order),
            work=tuple(own for own in self.work if own.order == order),
        )

    def days(self) -> Iterator[date]:
        """Every day on which something of incidents, claims or work happened."""
        for incident in self.incidents:
            times = (*(own.life for own in incident.down), *incident.client_action)
            known = (incident.reported, incident.qualified, incident.repaired)
            starts = (own.start for own in times)
            ends = (own.end - INSTANT for own in times if own.end is not None)
            yield from (local_day(own) for own in (*known, *starts, *ends) if own is not None)
        for claim in self.claims:
            yield from (day for day in (claim.filed, claim.decided) if day is not None)
        for work in self.work:
            yield from (day for day in (work.accepted, work.performed) if day is not None)

    def claim(self, period: Period) -> Claim | None:
        """The claim for a period, if there is one."""
        return next((own for own in self.claims if own.period == period), None)


def stretches(intervals: tuple[Interval, ...], until: datetime) -> Iterator[Stretch]:
    """Intervals up to an instant; those that begin later are left out."""
    for own in intervals:
        end = until if own.end is None else min(own.end, until)
        if own.start < end:
            yield Stretch(own.start, end)
