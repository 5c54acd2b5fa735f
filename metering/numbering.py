"""Users by number: the number that a name has in an order and month."""

from __future__ import annotations

import polars as pl

from metering import queries
from metering.store import UsageStore

UNKNOWN = -1
"""Stands for a name without a number, where none is to be given."""

KEY = ["order", "period", "user"]


def number_users(store: UsageStore, entries: pl.DataFrame, *, give: bool = True) -> pl.DataFrame:
    """Puts each user's number in the place of the name; 0 stands for no named user.

    A name that has none yet gets one, unless none is to be given.
    """
    keyed = entries.with_columns(period=pl.col("day").dt.month_start())
    named = keyed.select(KEY).unique().filter(pl.col("user") != "")
    if named.height == 0:
        return entries.with_columns(user=pl.lit(0, pl.Int64))
    joined = keyed.join(_numbers(store, named, give=give), on=KEY, how="left")
    nobody = pl.when(pl.col("user") == "").then(pl.lit(0, pl.Int64)).otherwise(pl.lit(UNKNOWN))
    return joined.with_columns(user=pl.coalesce("n", nobody)).select(entries.columns)


def _numbers(store: UsageStore, named: pl.DataFrame, *, give: bool) -> pl.DataFrame:
    wanted = [column.to_list() for column in named.get_columns()]
    found = store.rows(queries.KNOWN_USERS, *wanted)
    if give and len(found) < named.height:
        store.rows(queries.NEW_USERS, *wanted)
        found = store.rows(queries.KNOWN_USERS, *wanted)
    return pl.DataFrame(
        [(row["order_id"], row["period"], row["name"], row["number"]) for row in found],
        schema={"order": pl.String, "period": pl.Date, "user": pl.String, "n": pl.Int64},
        orient="row",
    )
