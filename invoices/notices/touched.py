"""What has to be looked at for marks: orders and periods that something has happened to.

Three records are watched, each from a position of its own: the pages of usage, the decisions on
orders and their marks, and the calendar, since a stock that an order holds is used again when a
month begins. They are read in groups of bounded size, however long nobody has looked. The first
time the calendar alone is read, which touches whoever used anything in the months that are watched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.decisions import Decisions
from invoices.notices import queries
from metering.calendar import Period, local_day, periods
from metering.queries import POSITION
from metering.sheets import sheet_day
from metering.store import Statement, UsageStore

USAGE, ORDERS, MONTHS = "usage", "orders", "months"
MOST = 2_000
"""A group is closed when it has so many orders and periods, or more by its last page's."""
PAGES_AT_ONCE = 16
EARLIER_MONTHS = 2

Pair = tuple[str, Period]
"""An order and a period."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What was touched in a ``record`` between two positions."""

    record: str
    before: int
    after: int
    pairs: frozenset[Pair]


def watched_periods(now: datetime) -> list[Period]:
    """The month and the two before it: what comes for an older one is told by no mark."""
    last = Period.of(local_day(now))
    first = last
    for _ in range(EARLIER_MONTHS):
        first = Period.of(first.first_day - timedelta(days=1))
    return list(periods(first, last))


class Records:
    """Reads what was touched since the positions that were kept."""

    def __init__(self, decisions: Decisions, usage: UsageStore, now: datetime) -> None:
        self._decisions = decisions
        self._usage = usage
        self._watched = watched_periods(now)

    def open(self) -> None:
        """Notes where each record stands when somebody watches it for the first time."""
        start = {MONTHS: 0, ORDERS: self._decided_to(), USAGE: self._used_to()}
        self._decisions.run(*(Statement(queries.OPEN_WATCHER, own) for own in start.items()))

    def touched(self) -> Iterator[Touched]:
        """Group after group; each one's position has to be kept before the next is asked for."""
        yield from self._by_month(self._position(MONTHS))
        yield from self._by_order(self._position(ORDERS))
        yield from self._by_usage(self._position(USAGE))

    def _decided_to(self) -> int:
        position: int = self._decisions.rows(queries.DECIDED_TO)[0]["position"]
        return position

    def _used_to(self) -> int:
        position: int = self._usage.rows(POSITION)[0]["position"]
        return position

    def _position(self, record: str) -> int:
        position: int = self._decisions.rows(queries.WATCHED_TO, record)[0]["position"]
        return position

    def _by_month(self, before: int) -> Iterator[Touched]:
        """Who used anything in a month, or held it already, for each that has begun since."""
        for period in self._watched:
            if (after := month_number(period)) > before:
                days = {"first": period.first_day, "last": period.last_day}
                rows = self._usage.rows(queries.USERS_OF_PERIOD, **days)
                pairs = [(row["order_id"], period) for row in rows]
                for start in range(0, len(pairs), MOST):
                    yield Touched(MONTHS, before, before, frozenset(pairs[start : start + MOST]))
                yield Touched(MONTHS, before, after, frozenset())
                before = after

    def _by_order(self, before: int) -> Iterator[Touched]:
        until = self._decided_to()
        while before < until:
            rows = self._decisions.rows(queries.ORDERS_CHANGED, before, until, MOST)
            after = rows[-1]["position"] if len(rows) == MOST else until
            orders = {row["originator_id"].partition("/")[2] for row in rows}
            pairs = frozenset((order, period) for order in orders for period in self._watched)
            yield Touched(ORDERS, before, after, pairs)
            before = after

    def _by_usage(self, before: int) -> Iterator[Touched]:
        until = self._used_to()
        while before < until:
            group = self._next_pages(before, until)
            yield group
            before = group.after

    def _next_pages(self, before: int, until: int) -> Touched:
        pairs: set[Pair] = set()
        asked = (queries.PAGES_TO_WATCH, before, until)
        for row in self._usage.stream(*asked, at_once=PAGES_AT_ONCE):
            reached = list(self._from(Period.of(sheet_day(row["originator_id"]))))
            orders = self._usage.page(row).names["order"]
            pairs.update((order, period) for order in orders for period in reached)
            if len(pairs) >= MOST:
                return Touched(USAGE, before, row["position"], frozenset(pairs))
        return Touched(USAGE, before, until, frozenset(pairs))

    def _from(self, period: Period) -> Iterable[Period]:
        """The watched periods that usage of one reaches: a stock lives on from month to month."""
        return periods(max(period, self._watched[0]), max(period, self._watched[-1]))


def month_number(period: Period) -> int:
    """A month as a position."""
    return period.year * 12 + period.month
