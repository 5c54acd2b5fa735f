"""The service level of an order on a day, and what was measured of it in a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from billing.catalog.document import SlaLevelForm
from billing.entitlements import Contract
from billing.orders.terms import OrderTerms
from billing.sla.availability import Availability, availability, credit_percent
from billing.sla.record import Exclusion, ServiceRecord
from billing.sla.service_time import Stretch
from metering.calendar import WARSAW, Period, end_of, start_of


@dataclass(frozen=True, slots=True)
class Measured:
    """The availability of an order in a period, and the share of its fees that it earns back.

    ``service`` names the part that was measured, where the level is measured for each.
    """

    order: str
    period: Period
    level: str
    service: str
    availability: Availability
    credit_percent: Decimal


def level_on(terms: OrderTerms, day: date) -> str:
    """The level of an order on a day; before and after its service that of the nearest day."""
    nearest = max(day, terms.launch_date)
    if terms.end_date is not None:
        nearest = min(nearest, terms.end_date)
    return terms.on(terms.sla, nearest)[-1].level


def level_in(contract: Contract, day: date) -> SlaLevelForm:
    """What the level of an order on a day promises."""
    return contract.catalog.sla_levels[level_on(contract.terms, day)]


def measure(contract: Contract, record: ServiceRecord) -> list[Measured]:
    """The availability of an order's days of service in a period (R87-R92, R157).

    The level of the last of them measures all. Where it is measured for each service, there is one
    result for every service that failed.
    """
    measured = measured_time(contract)
    if contract.served is None or measured is None:
        return []
    key = level_on(contract.terms, contract.served.end or contract.period.last_day)
    level, announced = contract.catalog.sla_levels[key], list(_announced(contract, record))
    found = []
    for service in _services(level, record, measured):
        failures = _failures(record, measured.end, service)
        own = availability(level.hours, measured, failures, announced)
        credit = credit_percent(level, own.percent)
        order, period = contract.terms.id, contract.period
        found.append(Measured(order, period, key, service or "", own, credit))
    return found


def measured_time(contract: Contract) -> Stretch | None:
    """The days of service in the period, as time; None where there are none."""
    served = contract.served
    if served is None:
        return None
    return Stretch(start_of(served.start), end_of(served.end or contract.period.last_day))


def _services(level: SlaLevelForm, record: ServiceRecord, measured: Stretch) -> list[str | None]:
    if level.measured_per == "order":
        return [None]
    failed = {
        own.service
        for incident in record.incidents
        for own in incident.down
        if own.life.start < measured.end and (own.life.end or measured.end) > measured.start
    }
    return [*sorted(failed)] or [None]


def _failures(record: ServiceRecord, until: datetime, service: str | None) -> Iterator[Stretch]:
    for incident in record.incidents:
        if incident.is_ours:
            yield from incident.failures(until, service)


def _announced(contract: Contract, record: ServiceRecord) -> Iterator[Stretch]:
    days = contract.catalog.sla_rules.exclusion_notice_days
    return (own.work for own in record.exclusions if is_announced(own, days))


def is_announced(exclusion: Exclusion, notice_days: int) -> bool:
    """Whether work was announced so many days before, at the same local time or earlier (R89)."""
    if exclusion.announced is None:
        return False
    latest = exclusion.work.start.astimezone(WARSAW) - timedelta(days=notice_days)
    return exclusion.announced <= latest
