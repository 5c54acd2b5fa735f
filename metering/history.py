"""Reads what orders used in a period: sums from the balances, single uses from the pages.

Sums cost the same however many events they stand for. Pages are read only where rating must know
when something was used, and only those of the days on which it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

import polars as pl

from metering import queries
from metering.calendar import Period
from metering.meters import Meter
from metering.pages import Page, unpack_pages
from metering.sheets import sheet_id
from metering.standing import standing
from metering.store import Asked
from metering.usage import Peak, PeriodUsage, Use, above_nothing

Rows = Callable[..., list[dict[str, Any]]]
"""Runs a query; within a snapshot all of them see the same state."""


BalanceRow = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Recorded:
    """An order's usage in a period, and how many entries it rests on: all up to the period's end.

    Earlier ones count as well, since levels and packs live on from period to period.
    """

    usage: PeriodUsage
    entries: int = 0


@dataclass(frozen=True, slots=True)
class BalanceRows:
    """The balances that a period's usage is told from, of some orders.

    ``flows`` and ``stock_days`` are of the period, ``openings`` the sums of stock changes before
    it, ``users`` the balances by user of its month, ``entries`` the counts up to its end.
    """

    flows: Iterable[BalanceRow]
    users: Iterable[BalanceRow]
    openings: Iterable[BalanceRow]
    stock_days: Iterable[BalanceRow]
    entries: Iterable[BalanceRow]


_SUMS = {
    "flows": queries.TOTALS,
    "users": queries.USER_TOTALS,
    "openings": queries.OPENING_LEVELS,
    "stock_days": queries.STOCK_DAYS,
    "entries": queries.ENTRIES,
}


def asked_sums(orders: list[str], period: Period) -> list[Asked]:
    """The queries that `read_usage` will ask, for a snapshot that knows them ahead."""
    asked = {"orders": orders, "first": period.first_day, "last": period.last_day}
    return [(query, asked) for query in _SUMS.values()]


def read_usage(rows: Rows, orders: list[str], period: Period) -> dict[str, Recorded]:
    """What some orders used in a period, without single uses."""
    asked = asked_sums(orders, period)
    found = {name: rows(query, **own) for name, (query, own) in zip(_SUMS, asked, strict=True)}
    return usage_of(BalanceRows(**found), orders, period)


def usage_of(rows: BalanceRows, orders: Iterable[str], period: Period) -> dict[str, Recorded]:
    """What some orders used in a period, told from balances.

    What was voided to the last unit was not used: neither its meter nor its user counts.
    """
    totals: defaultdict[str, dict[str, Decimal]] = defaultdict(dict)
    users: defaultdict[str, defaultdict[str, dict[str, Decimal]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for row in filter(_used, rows.flows):
        totals[row["order_id"]][row["meter"]] = row["used"]
    for row in filter(_used, rows.users):
        users[row["order_id"]][row["meter"]][str(row["user_number"])] = row["used"]
    peaks, levels = _peaks(rows, period), _levels(rows)
    entries = {row["order_id"]: row["entries"] for row in rows.entries}
    return {
        order: Recorded(
            PeriodUsage(
                totals[order],
                dict(users[order]),
                peaks.get(order, {}),
                above_nothing(levels.get(order, {})),
            ),
            entries.get(order, 0),
        )
        for order in orders
    }


def _used(row: BalanceRow) -> bool:
    return bool(row["used"])


def _peaks(rows: BalanceRows, period: Period) -> dict[str, dict[str, Peak]]:
    levels = {(row["order_id"], row["meter"]): row["used"] for row in rows.openings}
    days: defaultdict[tuple[str, str], list[BalanceRow]] = defaultdict(list)
    for row in rows.stock_days:
        days[row["order_id"], row["meter"]].append(row)
    peaks: defaultdict[str, dict[str, Peak]] = defaultdict(dict)
    for order, meter in dict.fromkeys([*levels, *days]):
        opening = levels.get((order, meter), Decimal(0))
        peak = peak_of_days(opening, days[order, meter], period)
        if peak.level > 0:
            peaks[order][meter] = peak
    return peaks


def _levels(rows: BalanceRows) -> dict[str, dict[str, Decimal]]:
    """The level of each order's stock meters after all that was used."""
    levels: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in chain(rows.openings, rows.stock_days):
        levels[row["order_id"]][row["meter"]] += row["used"]
    return {order: dict(own) for order, own in levels.items()}


def peak_of_days(opening: Decimal, days: Iterable[Mapping[str, Any]], period: Period) -> Peak:
    """The highest level of a period, from the balances of its days in order.

    The opening level counts, unless something changed at the period's very first instant.
    """
    level = opening
    peak: Peak | None = None
    for day in days:
        if peak is None and day["first_at"] > period.start:
            peak = Peak(opening, period.start)
        if peak is None or level + day["peak"] > peak.level:
            peak = Peak(level + day["peak"], day["peak_at"])
        level += day["used"]
    return peak or Peak(opening, period.start)


def read_uses(
    pages: Callable[[Iterable[str]], Iterable[Page]],
    order: str,
    days: Iterable[date],
    meters: Mapping[str, Meter],
) -> tuple[Use, ...]:
    """Every single use that stands of an order, of some meters on some days, in order of time."""
    sheets = [sheet_id(order, day) for day in days]
    own = unpack_pages(pages(sheets)).filter(
        (pl.col("order") == order) & pl.col("meter").is_in(list(meters))
    )
    columns = (
        standing(own).sort("at", maintain_order=True).select("meter", "at", "quantity", "user")
    )
    return tuple(
        Use(meter, at, Decimal(quantity).scaleb(-meters[meter].decimals), str(user))
        for meter, at, quantity, user in columns.iter_rows()
    )
