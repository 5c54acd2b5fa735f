"""What new entries add to the balances, as statements that are committed with their pages."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl

from metering import balances, queries
from metering.entries import Columns
from metering.meters import Meter, MeterKind
from metering.pages import Page, in_groups, names_of, unpack_pages
from metering.sheets import sheet_id
from metering.store import Statement

MOST_CHANGES = 2_000_000

ADDED_ROW = (
    *balances.BALANCE,
    "used",
    "unit",
    "entries",
    "peak",
    "peak_at",
    "first_at",
    "last_at",
)
USER_ROW = ("order", "period", "meter", "user_number", "used", "unit")
EARLIER = ("used", "peak", "peak_at", "last_at")


class Source(Protocol):
    """Where balances and pages are read: the store, or a save under way."""

    def rows(self, query: str, *parameters: Any, **named: Any) -> list[dict[str, Any]]:
        """The rows of a query."""

    def pages_after(self, seen: Mapping[str, int]) -> Iterator[Page]:
        """The pages of some sheets after the version that was seen of each."""


class Balances:
    """Makes the statements that add a batch to the balances."""

    def __init__(self, meters: Mapping[str, Meter]) -> None:
        self._meters = meters
        self._units = balances.units(meters.values())
        self._changes = StockChanges(meters)

    def of_flow(self, new: pl.DataFrame) -> Iterator[Statement]:
        """What entries of flow meters add; it is the same whatever was recorded before."""
        own = new.select(*CHANGE, "user")
        if self._has(new, lambda meter: meter.kind is MeterKind.FLOW):
            flow = balances.of_kind(own, self._meters, MeterKind.FLOW)
            yield self._adding(balances.flow_rows(flow))
        if self._has(new, lambda meter: meter.by_user):
            users = self._exact(balances.user_rows(balances.by_user(own, self._meters)))
            rows = users.sort("order", "period", "user_number")
            yield Statement(queries.ADD_USER_BALANCES, balances.arrays(rows, USER_ROW))

    def of_stock(self, new: pl.DataFrame, source: Source) -> Iterator[Statement]:
        """What entries of stock meters change, which depends on what was recorded before.

        Made within the save it is exact; made before it, it is good for remembering what is needed.
        """
        if self._has(new, lambda meter: meter.kind is MeterKind.STOCK):
            own = balances.of_kind(new.select(*CHANGE), self._meters, MeterKind.STOCK)
            own = own.cast(pl.Schema(CHANGE))
            rows = balances.stock_rows(own)
            follows, reaching_back = balances.after_earlier(rows, self._earlier(rows, source))
            rebuilt = self._rebuilt(own, reaching_back, source)
            yield self._adding(pl.concat([follows, rebuilt]))

    def _has(self, new: pl.DataFrame, wanted: Callable[[Meter], bool]) -> bool:
        """Whether some entries may be of a meter that is wanted; it costs less than to look."""
        return new.height > 0 and any(wanted(self._meters[key]) for key in names_of(new["meter"]))

    def _adding(self, rows: pl.DataFrame) -> Statement:
        exact = self._exact(rows).sort(balances.BALANCE)
        return Statement(queries.ADD_BALANCES, balances.arrays(exact, ADDED_ROW))

    def _exact(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with the size of their meter's smallest unit, and names as text."""
        named = rows.cast({"order": pl.String, "meter": pl.String})
        return named.join(self._units, on="meter")

    def _earlier(self, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
        """The balances before the batch."""
        wanted = rows.select(balances.BALANCE).join(self._units, on="meter")
        found = source.rows(queries.STOCK_BALANCES, *balances.arrays(wanted, wanted.columns))
        schema = {name: rows.schema[name] for name in (*balances.BALANCE, *EARLIER)}
        whole = [{k: int(v) if k in ("used", "peak") else v for k, v in r.items()} for r in found]
        return pl.DataFrame(whole, schema=schema)

    def _rebuilt(self, new: pl.DataFrame, rows: pl.DataFrame, source: Source) -> pl.DataFrame:
        """Rows whose peak must be found among all changes of the day, recorded and new."""
        if rows.height == 0:
            return rows
        key = balances.BALANCE
        days = rows.select("order", "day").unique()
        sheets = {sheet_id(order, day) for order, day in days.iter_rows()}
        changes = [self._changes.of(sheets, source), new]
        whole = balances.stock_rows(pl.concat(changes).join(rows, on=key, how="semi"))
        peaks = whole.select(*key, "peak", "peak_at")
        return rows.drop("peak", "peak_at").join(peaks, on=key).select(rows.columns)


CHANGE: Columns = {
    "order": pl.String,
    "day": pl.Date,
    "meter": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "quantity": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class _Sheet:
    version: int
    changes: pl.DataFrame


class StockChanges:
    """The changes of stock meters in sheets of which all were needed once, least recent first out.

    They follow the record: what is there already is not read again.
    """

    def __init__(self, meters: Mapping[str, Meter], most: int = MOST_CHANGES) -> None:
        self._keys = [key for key, meter in meters.items() if meter.kind is MeterKind.STOCK]
        self._most = most
        self._sheets: OrderedDict[str, _Sheet] = OrderedDict()

    def of(self, sheets: Iterable[str], source: Source) -> pl.DataFrame:
        """Every change in some sheets."""
        own = {sheet: self._sheets.pop(sheet, _NOTHING) for sheet in sheets}
        seen = {sheet: known.version for sheet, known in own.items()}
        for pages in in_groups(source.pages_after(seen)):
            entries = unpack_pages(pages).filter(pl.col("meter").is_in(self._keys))
            dated = entries.with_columns(day=pl.col("sheet").str.head(10).str.to_date())
            changes = dated.partition_by("sheet", as_dict=True)
            for sheet, version in {p.originator_id: p.originator_version for p in pages}.items():
                more = changes.get((sheet,), dated.clear()).select(*CHANGE)
                own[sheet] = _Sheet(version, pl.concat([own[sheet].changes, more]))
        self._sheets |= own
        self._trim()
        return pl.concat(known.changes for known in own.values())

    def _trim(self) -> None:
        total = sum(known.changes.height for known in self._sheets.values())
        while total > self._most:
            total -= self._sheets.popitem(last=False)[1].changes.height


_NOTHING = _Sheet(0, pl.DataFrame(schema=CHANGE))
