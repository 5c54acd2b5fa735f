"""Which limits of all orders are nearly full: what marks go by, as it is at this moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import contract
from billing.marks import Gauge, Measure, gauges
from billing.reading import UsageReader
from invoices.drafting import CHUNK, Customer, customers
from invoices.notices import queries
from metering.calendar import Period, local_day
from metering.store import UsageStore

LEAST = 80
"""So many percent of a limit are worth looking at."""


@dataclass(frozen=True, slots=True)
class Near:
    """An order's gauge that is nearly full, or more than that."""

    order: str
    account: str
    gauge: Gauge

    @property
    def is_refused(self) -> bool:
        """Whether what is beyond is refused; else it is charged."""
        return self.gauge.measure in (Measure.LIMIT, Measure.CAP)


def near_limits(
    decisions: Decisions, usage: UsageStore, catalog: Catalog, now: datetime, least: int = LEAST
) -> list[Near]:
    """The gauges of this month that have reached so many percent.

    First those beyond which usage is refused; the fullest first.
    """
    period = Period.of(local_day(now))
    days = {"first": period.first_day, "last": period.last_day}
    orders = [row["order_id"] for row in usage.rows(queries.USERS_OF_PERIOD, **days)]
    found: list[Near] = []
    for start in range(0, len(orders), CHUNK):
        chunk = orders[start : start + CHUNK]
        known = customers(decisions, period, chunk)
        with usage.snapshot() as rows:
            reader = UsageReader(usage, rows, chunk, period)
            found += [
                near
                for own in known
                for near in _of(own, reader, catalog, now)
                if near.gauge.has_reached(least)
            ]
    return sorted(found, key=lambda own: (not own.is_refused, -own.gauge.fill, own.order))


def _of(own: Customer, reader: UsageReader, catalog: Catalog, now: datetime) -> Iterator[Near]:
    """An order's gauges; of a level with two the one for now, which comes last."""
    governed = contract(own.terms, catalog, reader.period)
    if governed is None:
        return
    found = gauges(governed, reader.read(governed).usage, now)
    last = {(gauge.meter.key, gauge.measure): gauge for gauge in found}
    for gauge in last.values():
        yield Near(own.terms.id, own.terms.account, gauge)
