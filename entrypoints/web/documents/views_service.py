"""What the page of an order's service level shows: a month's figures, incidents, planned work."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.catalog.document import SlaLevelForm
from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.money import Money, total
from billing.orders.terms import OrderTerms
from billing.sla.figures import Figures, figures
from billing.sla.levels import Measured, is_announced, level_on
from billing.sla.penalties import Penalty
from billing.sla.record import Exclusion, ServiceRecord
from billing.sla.recorded import queries
from billing.sla.recorded.incident import INCIDENT, RecordedIncident
from billing.sla.recorded.reading import recorded_service
from billing.sla.settling import Timeliness
from entrypoints.web.errors import marked
from invoices.language import Language
from metering.calendar import Interval, Period, local_day

PRIORITIES = {
    "critical": (marked("critical"), "bad"),
    "high": (marked("high"), "warn"),
    "medium": (marked("medium"), ""),
    "low": (marked("low"), ""),
}
CAUSES = {
    "provider": marked("on our side"),
    "external": marked("not on our side"),
    None: marked("not found yet"),
}
DAYS = {
    "business_days": marked("business days"),
    "all_but_holidays": marked("every day but public holidays"),
    "every_day": marked("every day"),
}
STATUSES = {
    "reported": marked("reported"),
    "qualified": marked("being repaired"),
    "repaired": marked("repaired"),
    "external": marked("closed, not on our side"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A reaction or a repair: when it was due, when it was done, and how that is told."""

    due: datetime | None
    done: datetime | None
    text: str
    look: str


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident of the month; ``description`` only where its reader may see it."""

    id: str
    status: str
    priority: tuple[str, str] | None
    cause: str
    reported: datetime | None
    reported_by: str
    description: str
    reaction: Step
    repair: Step
    down: Sequence[Interval]


@dataclass(frozen=True, slots=True)
class WorkRow:
    """Planned work; what was announced too late counts as downtime if anything was down."""

    start: datetime
    end: datetime
    announced: datetime | None
    counts: bool


@dataclass(frozen=True, slots=True)
class ServiceMonth:
    """A month of an order's service, as far as it is known now."""

    terms: OrderTerms
    period: Period
    level: SlaLevelForm
    figures: Figures
    incidents: tuple[IncidentRow, ...]
    works: tuple[WorkRow, ...]
    notice_days: int

    @property
    def measured(self) -> Sequence[Measured]:
        return self.figures.measured

    @property
    def hours(self) -> str:
        """The days on which the level's clocks run."""
        return DAYS[self.level.hours.days]

    def is_below(self, own: Measured) -> bool:
        """Whether an availability, exact and before rounding, is below the promise (R92)."""
        return own.availability.percent < Fraction(self.level.availability)

    @property
    def penalties(self) -> Sequence[Penalty]:
        """Those of incidents that were repaired too late."""
        settled = self.figures.settled
        return [own for own in settled.penalties if own.units] if settled else ()

    @property
    def penalty_sum(self) -> Money:
        return total([own.amount for own in self.penalties], self.terms.currency)


def service_month(
    decisions: Decisions,
    catalog: Catalog,
    terms: OrderTerms,
    period: Period,
    now: datetime,
    reader: str | None,
) -> ServiceMonth:
    """A month of an order's service for a reader: a customer's account, None for everybody."""
    record = recorded_service(decisions, [terms.id])
    known = _recorded(decisions, terms.id)
    found = figures(terms, catalog, record, period, now)
    level = catalog.sla_levels[level_on(terms, min(period.last_day, local_day(now)))]
    foreign = _foreign(decisions, known.values(), reader)
    days = catalog.sla_rules.exclusion_notice_days
    return ServiceMonth(
        terms,
        period,
        level,
        found,
        tuple(_incident(own, known[own.incident.id], foreign, now) for own in found.incidents),
        tuple(_works(record, period, days)),
        days,
    )


def _recorded(decisions: Decisions, order: str) -> dict[str, RecordedIncident]:
    """The incidents of an order as people recorded them, by their ids."""
    rows = decisions.rows(queries.RECORD, orders=[order])
    found = (INCIDENT.validate_python(own["details"]) for own in rows if own["kind"] == "incident")
    return {own.id: own for own in found}


def _foreign(
    decisions: Decisions, incidents: Collection[RecordedIncident], reader: str | None
) -> frozenset[str]:
    """Incidents that concern other customers too: what one of them said is not for the others."""
    if reader is None:
        return frozenset()
    orders = sorted({order for own in incidents for order in own.orders})
    own_orders = {key for key, own in decisions.terms(orders).items() if own.account == reader}
    return frozenset(own.id for own in incidents if not own_orders.issuperset(own.orders))


def _incident(
    own: Timeliness, recorded: RecordedIncident, foreign: frozenset[str], now: datetime
) -> IncidentRow:
    value, priority = own.incident, own.incident.priority
    cause = recorded.cause.cause if recorded.cause else None
    return IncidentRow(
        id=value.id,
        status=STATUSES[recorded.status],
        priority=PRIORITIES[priority] if priority else None,
        cause=CAUSES[cause],
        reported=value.reported,
        reported_by=value.reported_by or "",
        description="" if value.id in foreign else recorded.report.description,
        reaction=_step(own.due.reaction, value.qualified, is_late=own.reaction_late),
        repair=_step(own.due.repair, value.repaired, is_late=own.repair_late),
        down=[one.life for one in value.down],
    )


def _step(due: datetime | None, done: datetime | None, *, is_late: bool) -> Step:
    """How a deadline was kept, or is being kept; without one nothing is promised."""
    if due is None:
        return Step(due, done, "", "")
    if is_late:
        return Step(due, done, marked("late"), "bad")
    if done is None:
        return Step(due, done, marked("running"), "warn")
    return Step(due, done, marked("in time"), "good")


def _works(record: ServiceRecord, period: Period, notice_days: int) -> Iterator[WorkRow]:
    """The planned work that touches a month, the earliest first."""
    for own in sorted(record.exclusions, key=_start):
        if own.work.start < period.end and own.work.end > period.start:
            counts = is_announced(own, notice_days)
            yield WorkRow(own.work.start, own.work.end, own.announced, counts)


def _start(own: Exclusion) -> datetime:
    return own.work.start


MINUTE = timedelta(minutes=1)


def lasting(time: timedelta, say: Language) -> str:
    """A time in hours and minutes; a started minute counts, so that no downtime is nothing."""
    minutes = -(-time // MINUTE)
    hours, rest = divmod(minutes, 60)
    parts = [say.text("{n} h", n=say.quantity(Decimal(hours)))] if hours else []
    if rest or not hours:
        parts.append(say.text("{n} min", n=str(rest)))
    return "\xa0".join(parts)


def late_units(own: Penalty, level: SlaLevelForm, say: Language) -> str:
    """The full hours or days of excess of a penalty, in words (R108)."""
    if level.penalty is not None and level.penalty.per == "day":
        return say.count("{n} full day", "{n} full days", own.units)
    return say.count("{n} full hour", "{n} full hours", own.units)
