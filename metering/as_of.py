"""What an order used as it stood at an earlier position of the record, and what has come since.

Balances say how it stands now. What has come since is read from its pages; only the days that these
touch are added up again from the pages before them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from metering import balances, queries
from metering.calendar import Period
from metering.history import BalanceRow, BalanceRows, Recorded, Rows, usage_of
from metering.meters import Meter, MeterKind
from metering.pages import Page, amendment_of, in_groups, unpack_pages
from metering.sheets import sheet_day, sheet_id
from metering.store import UsageStore

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LateEntries:
    """Entries of a meter and day that came after the position, in pages up to a later one."""

    day: date
    meter: str
    position: int
    quantity: Decimal
    entries: int


@dataclass(frozen=True, slots=True)
class AsOf:
    """An order's usage of a period at a position: its days, its sums, and what came later.

    ``openings`` are the levels of stock meters before the period.
    """

    days: tuple[BalanceRow, ...]
    openings: Mapping[str, Decimal]
    recorded: Recorded
    late: tuple[LateEntries, ...]


def read_as_of(
    store: UsageStore,
    rows: Rows,
    order: str,
    period: Period,
    position: int,
    meters: Mapping[str, Meter],
) -> AsOf:
    """An order's usage of a period as it was when the record had come to a position."""
    since = _since(store, rows, order, period, position)
    asked = {"order": order, "first": period.first_day, "last": period.last_day}
    late = since.filter(pl.col("day") >= period.first_day)
    touched = late["day"].unique().sort().to_list()
    now = [row for row in rows(queries.BALANCES_OF_ORDER, **asked) if row["day"] not in touched]
    before = [row for day in touched for row in _day(store, order, day, position, meters)]
    days = sorted([*now, *before], key=lambda row: (row["day"], row["meter"]))
    openings = _openings(rows, order, period, since, meters)
    users = _users(rows, order, period, late, meters)
    counted = rows(queries.ENTRIES, orders=[order], last=period.last_day)
    entries = [{**row, "entries": row["entries"] - since.height} for row in counted]
    then = _balance_rows(days, openings, users, entries, order)
    recorded = usage_of(then, [order], period)[order]
    return AsOf(tuple(days), openings, recorded, tuple(_late(late, meters)))


def _since(
    store: UsageStore, rows: Rows, order: str, period: Period, position: int
) -> pl.DataFrame:
    """The order's entries up to the period's end in pages after a position."""
    pages = _pages_since(store, rows, order, period, position)
    frames = [_entries([page], order, [at]) for page, at in pages]
    return pl.concat([_entries([], order, []), *frames])


def _pages_since(
    store: UsageStore, rows: Rows, order: str, period: Period, position: int
) -> Iterator[tuple[Page, int]]:
    """The pages after a position that have entries of an order, up to the period's end."""
    until = rows(queries.POSITION)[0]["position"]
    used = rows(queries.DAYS_USED, order=order, last=period.last_day)
    sheets = [sheet_id(order, row["day"]) for row in used]
    for page, at in store.pages_since(rows, sheets, position, until):
        if order in page.names["order"]:
            yield page, at


def amendments_since(
    store: UsageStore, rows: Rows, order: str, period: Period, position: int
) -> tuple[str, ...]:
    """The amendments after a position of what an order used up to a period's end."""
    pages = _pages_since(store, rows, order, period, position)
    return tuple(sorted({own for page, _ in pages if (own := amendment_of(page)) is not None}))


def _entries(pages: list[Page], order: str, positions: Iterable[int]) -> pl.DataFrame:
    """The entries of an order in some pages, with the day of each and the position of its page."""
    counts = [page.entries for page in pages]
    own = pl.Series("position", np.repeat(list(positions), counts), dtype=pl.Int64)
    days = pl.Series("day", [sheet_day(page.originator_id) for page in pages], dtype=pl.Date)
    day = days.gather(np.repeat(np.arange(len(pages)), counts))
    return unpack_pages(pages).hstack([own, day]).filter(pl.col("order") == order)


def _day(
    store: UsageStore, order: str, day: date, position: int, meters: Mapping[str, Meter]
) -> Iterator[dict[str, Any]]:
    """The balances of a day, added up again from its pages up to a position."""
    pages = store.pages_of(sheet_id(order, day), position)
    frames = [_entries(group, order, [0] * len(group)) for group in in_groups(pages)]
    entries = pl.concat([_entries([], order, []), *frames])
    flow = balances.flow_rows(balances.of_kind(entries, meters, MeterKind.FLOW))
    stock = balances.stock_rows(balances.of_kind(entries, meters, MeterKind.STOCK))
    for row in pl.concat([flow, stock]).iter_rows(named=True):
        sums = {name: row[name] for name in ("used", "peak") if row[name] is not None}
        exact = {name: _exact(meters[row["meter"]], own) for name, own in sums.items()}
        yield {**row, **exact, "order_id": order}


def _exact(meter: Meter, scaled: int) -> Decimal:
    return Decimal(scaled).scaleb(-meter.decimals)


def _openings(
    rows: Rows, order: str, period: Period, since: pl.DataFrame, meters: Mapping[str, Meter]
) -> dict[str, Decimal]:
    """The levels of stock meters when the period began."""
    now = rows(queries.OPENING_LEVELS, orders=[order], first=period.first_day)
    levels = {row["meter"]: row["used"] for row in now}
    earlier = since.filter(pl.col("day") < period.first_day)
    for meter, quantity in _sums(earlier, "meter"):
        if meter in levels:
            levels[meter] -= _exact(meters[meter], quantity)
    return levels


def _users(
    rows: Rows, order: str, period: Period, late: pl.DataFrame, meters: Mapping[str, Meter]
) -> list[dict[str, Any]]:
    """The balances by user of the period; who came only later is not among them."""
    later = {
        (meter, user): _exact(meters[meter], quantity)
        for meter, user, quantity in _sums(late, "meter", "user")
    }
    users = [
        {**row, "used": row["used"] - later.get((row["meter"], row["user_number"]), NOTHING)}
        for row in rows(queries.USER_TOTALS, orders=[order], first=period.first_day)
    ]
    return [row for row in users if row["used"]]


def _sums(entries: pl.DataFrame, *by: str) -> Iterator[tuple[Any, ...]]:
    total = pl.col("quantity").cast(balances.EXACT).sum()
    return entries.group_by(by).agg(total).sort(by).iter_rows()


def _balance_rows(
    days: Iterable[BalanceRow],
    openings: Mapping[str, Decimal],
    users: Iterable[BalanceRow],
    entries: Iterable[BalanceRow],
    order: str,
) -> BalanceRows:
    own = list(days)
    flows: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in own:
        if row["peak"] is None:
            flows[row["meter"]] += row["used"]
    return BalanceRows(
        flows=[{"order_id": order, "meter": m, "used": used} for m, used in flows.items()],
        users=users,
        openings=[{"order_id": order, "meter": m, "used": used} for m, used in openings.items()],
        stock_days=[row for row in own if row["peak"] is not None],
        entries=entries,
    )


def _late(entries: pl.DataFrame, meters: Mapping[str, Meter]) -> Iterator[LateEntries]:
    """What came later, by day and meter and page."""
    by = ("day", "meter", "position")
    total = pl.col("quantity").cast(balances.EXACT).sum()
    counted = entries.group_by(by).agg(total, pl.len()).sort(by)
    for day, meter, position, quantity, count in counted.iter_rows():
        yield LateEntries(day, meter, position, _exact(meters[meter], quantity), count)
