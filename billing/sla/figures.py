"""What the record of an order comes to in a period, without its usage: only fees matter here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from billing.catalog.edition import Catalog
from billing.entitlements import contract
from billing.orders.terms import OrderTerms
from billing.rating.charges import Charge
from billing.rating.recurring import recurring_charges
from billing.sla.levels import Measured
from billing.sla.record import Failure, Incident, ServiceRecord
from billing.sla.settling import Settled, Settlement, Timeliness, timeliness
from metering.calendar import Interval, Period, periods
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class Figures:
    """Availability, penalties and credit of an order's period, and its incidents' deadlines.

    ``settled`` is None where the order is not in service; ``problems`` are fees without a price,
    which are missing from the amounts.
    """

    settled: Settled | None
    incidents: tuple[Timeliness, ...]
    problems: tuple[Problem, ...]

    @property
    def measured(self) -> tuple[Measured, ...]:
        """What was measured."""
        return self.settled.measured if self.settled else ()


def figures(
    terms: OrderTerms, catalog: Catalog, record: ServiceRecord, period: Period, now: datetime
) -> Figures:
    """What an order's record comes to in a period, as far as it is known now.

    The periods before it are settled too, since what an incident has cost limits what it may still
    cost (R118).
    """
    own = so_far(record.of(terms.id), now)
    settlement, last, problems = Settlement(own, now), None, list[Problem]()
    for one in periods(Period.of(terms.launch_date), period):
        governed = contract(terms, catalog, one)
        if governed is None:
            continue
        fees = list(recurring_charges(governed))
        settled = settlement.settle(governed, tuple(o for o in fees if isinstance(o, Charge)))
        if one == period:
            last, problems = settled, [fee for fee in fees if isinstance(fee, Problem)]
    touched = (one for one in own.incidents if touches(one, period, now))
    due = tuple(timeliness(terms, catalog, one, now) for one in touched)
    return Figures(last, due, tuple(dict.fromkeys(problems)))


def so_far(record: ServiceRecord, now: datetime) -> ServiceRecord:
    """The record with failures that go on counted up to now, not to the end of the period."""
    incidents = (replace(one, down=_until(one.down, now)) for one in record.incidents)
    return replace(record, incidents=tuple(incidents))


def _until(failures: Iterable[Failure], now: datetime) -> tuple[Failure, ...]:
    return tuple(
        replace(own, life=Interval(own.life.start, now)) if own.life.end is None else own
        for own in failures
        if own.life.start < now
    )


def touches(incident: Incident, period: Period, now: datetime) -> bool:
    """Whether anything of an incident was in a period; one that is not repaired goes on."""
    known = [own for own in (incident.reported, incident.qualified) if own is not None]
    starts = [*known, *(own.life.start for own in incident.down)]
    ends = [own.life.end or now for own in incident.down]
    last = max([incident.repaired or now, *ends])
    return bool(starts) and min(starts) < period.end and last >= period.start
