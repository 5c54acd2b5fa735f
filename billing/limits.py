"""The rooms of orders, read under their lock: terms, recorded usage and levels as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from billing.catalog.edition import Catalog, MeterTerms
from billing.entitlements import Contract, contract, first_timed_day, grants, needs_times
from billing.orders.live import LiveOrders
from billing.orders.terms import OrderTerms
from billing.rating.drawdown import NOTHING
from billing.reading import days_used
from billing.rooms import Month, beyond_bound, flow_room, stock_limit
from metering import limit_queries
from metering.asks import Ask, Consume, Reserve
from metering.buckets import month_of, user_of
from metering.calendar import Period, local_day, periods
from metering.events import check_route
from metering.history import Rows, read_usage, read_uses
from metering.limits import LAST_INSTANT
from metering.meters import Meter, MeterKind
from metering.pages import Page
from metering.problems import Problem
from metering.recent_uses import Day, RecentUses
from metering.routes import OrderRoute
from metering.store import Ahead, UsageStore
from metering.usage import PeriodUsage, Use


@dataclass
class OrderContracts:
    """Finds the rooms of orders as they are at each look-up. One thread at a time may use it."""

    store: UsageStore
    catalog: Catalog
    uses: RecentUses = field(default_factory=RecentUses)
    _orders: LiveOrders = field(init=False)

    def __post_init__(self) -> None:
        self._orders = LiveOrders(self.catalog)

    def ahead(self, asks: Sequence[Ask]) -> list[Ahead]:
        """The versions of the orders, and the levels of the stock meters that are asked for."""
        stock = {
            (ask.order, ask.meter)
            for ask in asks
            if isinstance(ask, Consume | Reserve) and self._is_stock(ask.meter)
        }
        orders = sorted({ask.order for ask in asks})
        return [self._orders.ahead(orders), *((limit_queries.LEVEL, own) for own in sorted(stock))]

    def _is_stock(self, meter: str) -> bool:
        own = self.catalog.meters.get(meter)
        return own is not None and own.kind is MeterKind.STOCK

    def open(self, rows: Rows, orders: Sequence[str]) -> dict[str, OrderRooms]:
        """The rooms of those of some orders that there are."""
        found = self._orders.find(rows, orders)
        return {key: OrderRooms(own.terms, own.route, self, rows) for key, own in found.items()}


@dataclass
class OrderRooms:
    """The rooms of one order, for one group of decisions."""

    terms: OrderTerms
    route: OrderRoute
    contracts: OrderContracts
    rows: Rows
    _governed: dict[Period, Contract | None] = field(default_factory=dict)
    _levels: dict[str, tuple[Decimal, datetime | None]] = field(default_factory=dict)
    _limits: dict[tuple[str, datetime], Decimal | None] = field(default_factory=dict)
    _usage: dict[Period, PeriodUsage] = field(default_factory=dict)
    _followed: dict[tuple[Period, str], list[Day]] = field(default_factory=dict)

    def problem(self, meter: str, at: datetime) -> Problem | None:
        """Why the order may not use a meter at an instant at all: unknown, or out of service."""
        own = self.route.meters.get(meter)
        if own is None:
            return Problem("unknown_meter", "meter", f"order {self.terms.id} has no meter {meter}")
        return next(check_route(self.route, own, at), None)

    def latest(self, meter: str) -> datetime | None:
        """When a stock meter changed last."""
        own = self.route.meters.get(meter)
        stock = own is not None and own.meter.kind is MeterKind.STOCK
        return self._level(meter)[1] if stock else None

    def room(
        self, meter: str, at: datetime, user: str, held: Mapping[tuple[str, str], Decimal]
    ) -> Decimal | None:
        """The units of a meter that may still be used at an instant; None: any number."""
        governed = self._contract(at)
        own = governed.edition.meters.get(meter) if governed else None
        if governed is None or own is None:
            return NOTHING
        if own.meter.kind is MeterKind.STOCK:
            return self._stock_room(own.meter, at, held.get((meter, ""), NOTHING))
        if beyond_bound(governed, own) is None:
            return None
        months = [self._month(one, own, at) for one in self._to_last_month(governed, own, at)]
        kept = list(_held_uses(held, at))
        if own.meter.by_user:
            numbers = self._numbers({user, *(use.user for use in kept)}, governed.period)
            kept = [replace(use, user=numbers[use.user]) for use in kept if use.meter == meter]
            user = numbers[user]
        return flow_room(months, own, kept, at, user)

    def _to_last_month(
        self, governed: Contract, own: MeterTerms, at: datetime
    ) -> Iterator[Contract]:
        """The contracts of an instant's month and of those to which its packs live on (R63)."""
        yield governed
        packs = grants(governed, own.pool) if own.pool else []
        ends = [pack.life.end for pack in packs if at in pack.life and pack.life.end]
        last = max(ends, default=governed.period.end) - LAST_INSTANT
        for period in periods(governed.period.next(), Period.of(local_day(last))):
            if found := self._contract_in(period):
                yield found

    def _contract(self, at: datetime) -> Contract | None:
        return self._contract_in(Period.of(local_day(at)))

    def _contract_in(self, period: Period) -> Contract | None:
        if period not in self._governed:
            self._governed[period] = contract(self.terms, self.contracts.catalog, period)
        return self._governed[period]

    def _stock_room(self, meter: Meter, at: datetime, kept: Decimal) -> Decimal | None:
        """What the limit leaves above the level, then and at every later change there is."""
        limit, (level, latest) = self._limit(meter.key, at), self._level(meter.key)
        if limit is None or latest is None or at >= latest:
            return None if limit is None else limit - level - kept
        levels = self._levels_since(meter, at)
        limits = ((self._limit(meter.key, moment), reached) for moment, reached in levels)
        return min(most - reached - kept for most, reached in limits if most is not None)

    def _level(self, meter: str) -> tuple[Decimal, datetime | None]:
        if meter not in self._levels:
            row = self.rows(limit_queries.LEVEL, self.terms.id, meter)[0]
            self._levels[meter] = (row["level"], row["latest"])
        return self._levels[meter]

    def _levels_since(self, meter: Meter, at: datetime) -> Iterator[tuple[datetime, Decimal]]:
        """How high a meter stands at an instant, and after each later change."""
        order, day = self.terms.id, local_day(at)
        level: Decimal = self.rows(limit_queries.LEVEL_BEFORE, order, meter.key, day)[0]["level"]
        days = [row["day"] for row in self.rows(limit_queries.DAYS_SINCE, order, meter.key, day)]
        uses = read_uses(self._pages, order, days, {meter.key: meter})
        level += sum((use.quantity for use in uses if use.at <= at), NOTHING)
        yield at, level
        later = (use for use in uses if use.at > at)
        for moment, together in groupby(later, key=lambda use: use.at):
            level += sum((use.quantity for use in together), NOTHING)
            yield moment, level

    def _limit(self, meter: str, at: datetime) -> Decimal | None:
        """What a stock meter may reach at an instant; None where it may reach anything."""
        if (meter, at) not in self._limits:
            governed = self._contract(at)
            own = governed.edition.meters.get(meter) if governed else None
            found = stock_limit(governed, own, at) if governed and own else None
            self._limits[meter, at] = found
        return self._limits[meter, at]

    def _month(self, governed: Contract, own: MeterTerms, at: datetime) -> Month:
        """What was used in a period; single uses of the meter's pool where its packs need them."""
        period, order = governed.period, self.terms.id
        if period not in self._usage:
            self._usage[period] = read_usage(self.rows, [order], period)[order].usage
        usage = self._usage[period]
        if own.pool and needs_times(governed, own):
            usage = replace(usage, timed=tuple(self._timed(governed, own.pool, at)))
        return Month(governed, usage)

    def _timed(self, governed: Contract, pool: str, at: datetime) -> Iterator[Use]:
        """The uses that take from a pool, apart where a pack begins or ends, and at an instant."""
        meters = {
            key: governed.edition.meters[key].meter for key in governed.edition.pool_meters(pool)
        }
        lives = [pack.life for pack in grants(governed, pool)]
        edges = {own.start for own in lives} | {own.end for own in lives if own.end}
        for day in self._days(governed, pool, meters):
            yield from day.runs(meters, edges | {at, at + LAST_INSTANT})

    def _days(self, governed: Contract, pool: str, meters: Mapping[str, Meter]) -> list[Day]:
        """The days on which a pool was used, as of this group of decisions."""
        key = (governed.period, pool)
        if key not in self._followed:
            days = days_used(self.rows, governed, first_timed_day(governed, meters), meters)
            uses = self.contracts.uses
            self._followed[key] = uses.follow(self.terms.id, days, meters, self._pages_after)
        return self._followed[key]

    def _pages(self, sheets: Iterable[str]) -> Iterator[Page]:
        return self._pages_after(dict.fromkeys(sheets, 0))

    def _pages_after(self, seen: Mapping[str, int]) -> Iterator[Page]:
        return self.contracts.store.pages_after(seen, self.rows)

    def _numbers(self, users: set[str], period: Period) -> dict[str, str]:
        """The numbers of users in the period's balances; 0 stands for no named user.

        Whoever has none yet is told apart by a word that is no number.
        """
        asked = (self.terms.id, period.first_day, sorted(users))
        found = self.rows(limit_queries.USER_NUMBERS, *asked)
        known = {row["name"]: str(row["number"]) for row in found}
        return {**{user: f"new {user}" for user in users}, **known, "": "0"}


def _held_uses(held: Mapping[tuple[str, str], Decimal], at: datetime) -> Iterator[Use]:
    """What is held of flow meters, as if it were used: now, or when its own month begins."""
    now = Period.of(local_day(at))
    for (meter, bucket), units in held.items():
        if bucket and units:
            month = month_of(bucket)
            yield Use(meter, at if month == now else month.start, units, user_of(bucket))
