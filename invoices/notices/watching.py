"""The watcher: finds marks that usage has newly reached, and tells of each of them once.

The marks of a group, their notices and the watcher's position are one transaction, so that a crash
repeats nothing and loses nothing. Two watchers meet at the position, and at the stream of an
order's marks: one is first, the other one leaves it to that one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import contract
from billing.marks import Gauge, MarkKey, Measure, Reached, gauges, newly_reached
from billing.orders.order import Event
from billing.reading import UsageReader
from invoices import queries as invoice_queries
from invoices.drafting import CHUNK, Customer, customer
from invoices.notices import queries
from invoices.notices.kinds import MARK_REACHED, MarkReachedData
from invoices.notices.mark_settings import MarkSettings
from invoices.notices.outbox import Notice, keep_notice, notice_of
from invoices.notices.touched import Pair, Records, Touched
from metering.calendar import Period
from metering.store import SaveConflict, Statement, UsageStore

REACHED_STREAMS = "reached/"


@dataclass(frozen=True, kw_only=True)
class MarkReached(Event):
    """An order's usage of a period reached a mark (in percent) of a bound.

    ``usage_position`` and ``order_version`` say which usage and which decisions that rests on.
    """

    order: str
    account: str
    period: str
    meter: str
    unit: str
    measure: str
    mark: int
    used: Decimal
    bound: Decimal
    within: Decimal
    fill: Decimal
    order_version: int
    usage_position: int


class Watcher:
    """Looks at everything that was touched since it last did. ``now`` is when."""

    def __init__(
        self, decisions: Decisions, usage: UsageStore, catalog: Catalog, now: datetime
    ) -> None:
        self._decisions = decisions
        self._usage = usage
        self._catalog = catalog
        self._now = now

    def watch(self) -> Iterator[int]:
        """Yields how many marks each group of orders has reached; ends where another is first."""
        records = Records(self._decisions, self._usage, self._now)
        records.open()
        for touched in records.touched():
            found = list(self._look(touched.pairs))
            try:
                self._save(found, touched)
            except (IntegrityError, SaveConflict):
                return
            yield len(found)

    def _look(self, pairs: Iterable[Pair]) -> Iterator[MarkReached]:
        by_period: defaultdict[Period, list[str]] = defaultdict(list)
        for order, period in sorted(pairs):
            by_period[period].append(order)
        for period, orders in by_period.items():
            for start in range(0, len(orders), CHUNK):
                yield from self._look_at(orders[start : start + CHUNK], period)

    def _look_at(self, orders: list[str], period: Period) -> Iterator[MarkReached]:
        """The marks newly reached by some orders in a period that has no invoice yet."""
        asked = {"orders": orders, "first": period.first_day}
        rows = self._decisions.rows(invoice_queries.ORDERS_TO_INVOICE, **asked)
        settings = MarkSettings(self._decisions, self._catalog, orders)
        known = self._known(orders, period)
        with self._usage.snapshot() as usage_rows:
            reader = UsageReader(self._usage, usage_rows, orders, period)
            for own in (customer(row) for row in rows if row["status"] != "issued"):
                order = own.terms.id
                found = newly_reached(
                    self._gauges(own, reader), partial(settings.of, order), known[order]
                )
                yield from self._events(own, reader, found, len(known[order]))

    def _known(self, orders: list[str], period: Period) -> defaultdict[str, set[MarkKey]]:
        known: defaultdict[str, set[MarkKey]] = defaultdict(set)
        for row in self._decisions.rows(queries.MARKS, period.first_day, orders):
            key = MarkKey(row["meter"], Measure(row["measure"]), row["mark"], row["bound"])
            known[row["order_id"]].add(key)
        return known

    def _gauges(self, own: Customer, reader: UsageReader) -> Iterable[Gauge]:
        governed = contract(own.terms, self._catalog, reader.period)
        if governed is None:
            return ()
        return gauges(governed, reader.read(governed).usage, self._now)

    def _events(
        self, own: Customer, reader: UsageReader, found: Iterable[Reached], version: int
    ) -> Iterator[MarkReached]:
        for number, (mark, gauge) in enumerate(found, version + 1):
            yield MarkReached(
                originator_id=f"{REACHED_STREAMS}{own.terms.id}/{reader.period}",
                originator_version=number,
                recorded_at=self._now,
                order=own.terms.id,
                account=own.terms.account,
                period=str(reader.period),
                meter=gauge.meter.key,
                unit=gauge.meter.unit,
                measure=gauge.measure.value,
                mark=mark,
                used=gauge.used,
                bound=gauge.bound,
                within=gauge.within,
                fill=gauge.fill,
                order_version=own.version,
                usage_position=reader.position,
            )

    def _save(self, found: list[MarkReached], touched: Touched) -> None:
        position = {"record": touched.record, "before": touched.before, "after": touched.after}
        moved = Statement(queries.MOVE_WATCHER, position, changes=1)
        kept = [statement for event in found for statement in _rows(event)]
        if found:
            self._decisions.save(*found, statements=[moved, *kept])
        else:
            self._decisions.run(moved)


def _rows(event: MarkReached) -> Iterator[Statement]:
    yield Statement(queries.KEEP_MARK, mark_row(event), changes=1)
    yield keep_notice(mark_notice(event))


def mark_row(event: MarkReached) -> dict[str, Any]:
    """The read model's row of a mark that was reached."""
    return {
        "order_id": event.order,
        "period": Period.parse(event.period).first_day,
        "meter": event.meter,
        "measure": event.measure,
        "mark": event.mark,
        "bound": event.bound,
        "used": event.used,
        "reached_at": event.recorded_at,
    }


def mark_notice(event: MarkReached) -> Notice:
    """What is told of a mark."""
    data = MarkReachedData(
        order=event.order,
        account=event.account,
        period=event.period,
        meter=event.meter,
        unit=event.unit,
        measure=Measure(event.measure),
        mark=event.mark,
        used=event.used,
        bound=event.bound,
        within=event.within,
        fill=event.fill,
    )
    return notice_of(event, MARK_REACHED, data)
