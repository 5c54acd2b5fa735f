"""Rebuilds every balance from the pages alone, and compares it with what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl

from metering import balances, queries
from metering.calendar import Period
from metering.history import BalanceRows
from metering.meters import Meter, MeterKind
from metering.pages import Page, unpack_pages
from metering.rebuilding_amendments import Difference as Difference  # of balances as well
from metering.rebuilding_amendments import RebuiltAmendments
from metering.sheets import sheet_day
from metering.standing import broken
from metering.store import UNREADABLE, UsageStore


@dataclass
class Rebuilt:
    """The balances that the pages make, a row for each order, day and meter, and for each user.

    ``positions`` is the position of each sheet's last page.
    """

    store: UsageStore
    meters: Mapping[str, Meter]
    positions: dict[str, int] = field(default_factory=dict)
    rows: dict[str, pl.DataFrame] = field(default_factory=dict)
    users: dict[str, pl.DataFrame] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    compared: int = 0
    amendments: RebuiltAmendments = field(init=False)

    def __post_init__(self) -> None:
        self.amendments = RebuiltAmendments(self.meters)

    def rebuild(self, reach: Callable[[int], None]) -> None:
        """Reads every page, and compares each day's balances as soon as it has them."""
        sheets = self.store.rows(queries.SHEETS)
        self.positions = {row["sheet"]: row["position"] for row in sheets}
        stored = {row["day"]: row["balances"] for row in self.store.rows(queries.BALANCE_DAYS)}
        done = 0
        for day, group in groupby(sorted(self.positions), key=sheet_day):
            own = list(group)
            for sheet in own:
                self.rows[sheet], self.users[sheet] = self._sheet(sheet, None)
            self._compare_day(day, own)
            stored.pop(day, None)
            done += len(own)
            reach(done)
        for day, count in stored.items():
            self.differences.append(Difference(f"balances of {day}", "none", f"{count}"))
        self._compare_users()
        self.differences += self.amendments.differences(self.store)

    def _sheet(self, sheet: str, until: int | None) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The balance rows of a sheet's pages, up to a position if one is given."""
        pages: list[Page] = []
        try:
            pages += self.store.pages([sheet], until)
        except UNREADABLE as error:
            self._differs(f"sheet {sheet}", "a readable page", str(error))
        if until is None:
            self.amendments.add(pages)
        entries = unpack_pages(pages)
        for what, count in broken(entries).items():
            self._differs(f"sheet {sheet}", "each event once", f"{count} {what}")
        entries = entries.with_columns(day=pl.lit(sheet_day(sheet)))
        flow = balances.flow_rows(balances.of_kind(entries, self.meters, MeterKind.FLOW))
        stock = balances.stock_rows(balances.of_kind(entries, self.meters, MeterKind.STOCK))
        users = balances.user_rows(balances.by_user(entries, self.meters))
        return pl.concat([flow, stock]), users

    def _differs(self, where: str, from_events: Any, stored: Any) -> None:
        self.differences.append(Difference(where, str(from_events), str(stored)))

    def _compare_day(self, day: date, sheets: list[str]) -> None:
        made = {
            (row["order"], row["meter"]): self._values(row)
            for sheet in sheets
            for row in self.rows[sheet].iter_rows(named=True)
        }
        found = {
            (row["order_id"], row["meter"]): tuple(row[name] for name in _VALUES)
            for row in self.store.rows(queries.DAY_BALANCES, day)
        }
        self._compare(made, found, f"balance of {day}")

    def _compare(self, made: Mapping[Any, Any], found: Mapping[Any, Any], what: str) -> None:
        self.compared += len(found)
        for key in {**made, **found}:
            if made.get(key) != found.get(key):
                name = ", ".join(map(str, key))
                self._differs(f"{what}: {name}", _shown(made.get(key)), _shown(found.get(key)))

    def _compare_users(self) -> None:
        made: dict[Any, Decimal] = {}
        for frame in self.users.values():
            for row in frame.iter_rows(named=True):
                key = (row["order"], row["period"], row["meter"], row["user_number"])
                used = self._exact(row["meter"], row["used"])
                made[key] = made.get(key, Decimal(0)) + used
        found = {
            (row["order_id"], row["period"], row["meter"], row["user_number"]): row["used"]
            for row in self.store.rows(queries.ALL_USER_BALANCES)
        }
        self._compare(made, found, "balance of user")

    def _values(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        exact = self._exact_row(row)
        return tuple(exact[name] for name in _VALUES)

    def _exact(self, meter: str, scaled: int) -> Decimal:
        return Decimal(scaled).scaleb(-self.meters[meter].decimals)

    def _exact_row(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row of a frame with exact quantities in place of whole numbers of the smallest unit."""
        sums = {name: row[name] for name in ("used", "peak") if row.get(name) is not None}
        return {**row, **{name: self._exact(row["meter"], own) for name, own in sums.items()}}

    def as_of(self, position: int, period: Period) -> BalanceRows:
        """The balances as they were when the record had come to a position, for one period."""
        rows: list[dict[str, Any]] = []
        users: dict[Any, dict[str, Any]] = {}
        for sheet in self.rows:
            day = sheet_day(sheet)
            if day > period.last_day:
                continue
            seen, by_user = self._up_to(sheet, position)
            rows += self._dicts(seen)
            if Period.of(day) == period:
                for row in self._dicts(by_user):
                    key = (row["order_id"], row["meter"], row["user_number"])
                    before = users.get(key, {"used": Decimal(0)})["used"]
                    users[key] = {**row, "used": row["used"] + before}
        within = [row for row in rows if row["day"] >= period.first_day]
        return BalanceRows(
            flows=_summed([row for row in within if row["peak"] is None], "used", "meter"),
            users=list(users.values()),
            openings=_summed(
                [r for r in rows if r["day"] < period.first_day and r["peak"] is not None],
                "used",
                "meter",
            ),
            stock_days=sorted(
                (row for row in within if row["peak"] is not None), key=lambda row: row["day"]
            ),
            entries=_summed(rows, "entries"),
        )

    def _up_to(self, sheet: str, position: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        if self.positions[sheet] <= position:
            return self.rows[sheet], self.users[sheet]
        return self._sheet(sheet, position)

    def _dicts(self, frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
        for row in frame.iter_rows(named=True):
            yield {**self._exact_row(row), "order_id": row["order"]}


_VALUES = ("used", "entries", "peak", "peak_at", "first_at", "last_at")


def _shown(values: Any) -> str:
    if values is None:
        return "none"
    return ", ".join(map(str, values)) if isinstance(values, tuple) else str(values)


def _summed(rows: list[dict[str, Any]], name: str, *key: str) -> list[dict[str, Any]]:
    sums: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        own = tuple(row[part] for part in ("order_id", *key))
        before = sums[own][name] if own in sums else 0
        sums[own] = {**row, name: row[name] + before}
    return list(sums.values())
