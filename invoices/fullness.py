"""Which limits of all orders are nearly full: what marks go by, as it is at this moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import contract
from billing.marks import Gauge, Measure, gauges
from billing.orders.routes import not_loaded
from billing.reading import UsageReader
from invoices import queries
from invoices.drafting import Customer, customers
from metering.calendar import Period, local_day
from metering.store import UsageStore

LEAST = 80
"""So many percent of a limit are worth looking at."""

AT_ONCE = 100
"""So many orders are reckoned at once: that takes less than a second."""

OLDEST = timedelta(hours=1)
"""An order is reckoned again after so long though nothing was used: packs begin and end."""

NEVER = datetime.min.replace(tzinfo=UTC)

WATCHED = timedelta(days=62)
"""Usage of so many days before the month is noticed at once, that of older days with the hour."""


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


@dataclass(frozen=True, slots=True)
class Limits:
    """What is nearly full, but for so many orders that are ``left`` to be looked at.

    First stand the limits beyond which usage is refused; the fullest first.
    """

    near: Sequence[Near]
    left: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """An order's gauges that are nearly full, what they rest on, and when they were reckoned."""

    rests_on: tuple[int, int]
    at: datetime
    near: tuple[Near, ...]


@dataclass(slots=True)
class Watch:
    """Keeps what is nearly full, and reckons again the orders to which something happened."""

    decisions: Decisions
    usage: UsageStore
    catalog: Catalog
    least: int = LEAST
    at_once: int = AT_ONCE
    _period: Period | None = field(default=None, init=False)
    _known: dict[str, _Known] = field(default_factory=dict, init=False)
    _turn: Lock = field(default_factory=Lock, init=False)

    def look(self, now: datetime) -> Limits:
        """The gauges of this month that have reached so many percent."""
        with self._turn:
            period = Period.of(local_day(now))
            if period != self._period:
                self._period, self._known = period, {}
            return self._look(period, now)

    def _look(self, period: Period, now: datetime) -> Limits:
        used = self._used(period)
        self._known = {order: own for order, own in self._known.items() if order in used}
        due = [order for order in used if self._is_due(order, used[order], now)]
        chosen = sorted(due, key=self._looked_at)[: self.at_once]
        near = self._reckoned(chosen, period, now)
        for order in chosen:
            self._known[order] = _Known(used[order], now, tuple(near.get(order, ())))
        found = [one for own in self._known.values() for one in own.near]
        found.sort(key=lambda own: (not own.is_refused, -own.gauge.fill, own.order))
        return Limits(found, len(used) - len(self._known))

    def _used(self, period: Period) -> dict[str, tuple[int, int]]:
        """The orders that have used anything, each with what changes when it uses more."""
        first, last = period.first_day, period.last_day
        rows = self.decisions.rows(
            queries.ORDERS_IN_USE, first=first, last=last, since=first - WATCHED
        )
        return {row["order_id"]: (row["version"], row["entries"]) for row in rows}

    def _is_due(self, order: str, rests_on: tuple[int, int], now: datetime) -> bool:
        own = self._known.get(order)
        return own is None or own.rests_on != rests_on or now - own.at >= OLDEST

    def _looked_at(self, order: str) -> datetime:
        """When an order was reckoned last; those that never were stand before all others."""
        return self._known[order].at if order in self._known else NEVER

    def _reckoned(self, orders: list[str], period: Period, now: datetime) -> dict[str, list[Near]]:
        """What is nearly full of some orders."""
        if not orders:
            return {}
        known = customers(self.decisions, period, orders)
        with self.usage.snapshot() as rows:
            reader = UsageReader(self.usage, rows, orders, period)
            found = {own.terms.id: _of(own, reader, self.catalog, now) for own in known}
            return {
                order: [one for one in own if one.gauge.has_reached(self.least)]
                for order, own in found.items()
            }


def _of(own: Customer, reader: UsageReader, catalog: Catalog, now: datetime) -> Iterator[Near]:
    """An order's gauges; of a level with two the one for now, which comes last."""
    if not_loaded(own.terms, catalog) is not None:
        return  # an edition that this process has not read yet
    governed = contract(own.terms, catalog, reader.period)
    if governed is None:
        return
    found = gauges(governed, reader.read(governed).usage, now)
    last = {(gauge.meter.key, gauge.measure): gauge for gauge in found}
    for gauge in last.values():
        yield Near(own.terms.id, own.terms.account, gauge)
