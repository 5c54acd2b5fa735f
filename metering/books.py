"""The books: what entries add to the balances, as statements of the save that records them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from metering import balances, queries
from metering.meters import Meter, MeterKind
from metering.pages import in_groups, unpack_pages
from metering.store import Statement, UsageStore

EARLIER = ("used", "peak", "peak_at", "last_at")


class Books:
    """The balances of a store. ``meters`` are all that any edition knows."""

    def __init__(self, store: UsageStore, meters: Mapping[str, Meter]) -> None:
        self._store = store
        self._meters = meters
        self._units = balances.units(meters.values())

    def statements(self, new: pl.DataFrame) -> Iterator[Statement]:
        """What new entries add to the balances."""
        flow = balances.flow_rows(balances.of_kind(new, self._meters, MeterKind.FLOW))
        stock = self._stock_rows(balances.of_kind(new, self._meters, MeterKind.STOCK))
        rows = pl.concat([flow, stock]).join(self._units, on="meter").sort(balances.BALANCE)
        yield Statement(queries.ADD_BALANCES, [balances.json_rows(rows)])
        users = balances.user_rows(balances.by_user(new, self._meters))
        if users.height:
            rows = users.join(self._units, on="meter").sort("order", "period", "user_number")
            yield Statement(queries.ADD_USER_BALANCES, [balances.json_rows(rows)])

    def _stock_rows(self, new: pl.DataFrame) -> pl.DataFrame:
        rows = balances.stock_rows(new)
        if rows.height == 0:
            return rows
        wanted = rows.select(balances.BALANCE).join(self._units, on="meter")
        found = self._store.rows(queries.STOCK_BALANCES, balances.json_rows(wanted))
        schema = {name: rows.schema[name] for name in (*balances.BALANCE, *EARLIER)}
        earlier = pl.DataFrame(
            [{k: int(v) if k in ("used", "peak") else v for k, v in r.items()} for r in found],
            schema=schema,
        )
        follows, reaching_back = balances.after_earlier(rows, earlier)
        return pl.concat([follows, self._rebuilt(new, reaching_back)])

    def _rebuilt(self, new: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows whose peak must be found among all changes of the day, recorded and new."""
        if rows.height == 0:
            return rows
        key = balances.BALANCE
        own = new.join(rows.select(key), on=key, how="semi")
        recorded = pl.concat(
            unpack_pages(pages).with_columns(day=pl.col("sheet").str.head(10).str.to_date())
            for pages in in_groups(self._store.pages(own["sheet"].unique()))
        ).join(rows.select(key), on=key, how="semi")
        columns = [*key, "at", "quantity"]
        whole = balances.stock_rows(pl.concat([recorded.select(columns), own.select(columns)]))
        peaks = whole.select(*key, "peak", "peak_at")
        return rows.drop("peak", "peak_at").join(peaks, on=key).select(rows.columns)
