"""Balances of a batch: what it adds to each order, local day and meter, as rows for the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from metering.meters import Meter, MeterKind

BALANCE = ["order", "day", "meter"]
EXACT = pl.Int128
"""Sums are 128 bits wide: no batch of entries can overflow them."""


def flow_rows(entries: pl.DataFrame) -> pl.DataFrame:
    """What entries of flow meters add."""
    nothing = {"peak": pl.lit(None, EXACT), "peak_at": pl.lit(None, entries.schema["at"])}
    return (
        entries.group_by(BALANCE)
        .agg(
            used=pl.col("quantity").cast(EXACT).sum(),
            entries=pl.len().cast(pl.Int64),
            first_at=pl.col("at").min(),
            last_at=pl.col("at").max(),
        )
        .with_columns(**nothing)
        .select(ROW)
    )


ROW = [*BALANCE, "used", "entries", "peak", "peak_at", "first_at", "last_at"]


def stock_rows(entries: pl.DataFrame) -> pl.DataFrame:
    """What entries of stock meters change, and the highest level they make above the day's start.

    Changes of one instant are netted first.
    """
    net = (
        entries.group_by(*BALANCE, "at")
        .agg(net=pl.col("quantity").cast(EXACT).sum(), entries=pl.len().cast(pl.Int64))
        .sort(*BALANCE, "at")
    )
    level = pl.col("net").cum_sum()
    return (
        net.group_by(BALANCE, maintain_order=True)
        .agg(
            used=pl.col("net").sum(),
            entries=pl.col("entries").sum(),
            peak=level.max(),
            peak_at=pl.col("at").get(level.arg_max()),
            first_at=pl.col("at").min(),
            last_at=pl.col("at").max(),
        )
        .select(ROW)
    )


def after_earlier(rows: pl.DataFrame, earlier: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Stock rows whose peaks take the balances before them into account, and rows that cannot.

    A batch that is later than everything recorded that day only lifts the level that it found; one
    that reaches back among earlier changes needs them all, and its balances are returned second.
    """
    joined = rows.join(earlier, on=BALANCE, how="left", suffix="_before")
    reaches_back = (pl.col("first_at") <= pl.col("last_at_before")).fill_null(value=False)
    lifted = pl.col("used_before") + pl.col("peak")
    higher = (lifted > pl.col("peak_before")).fill_null(value=True)
    follows = joined.filter(~reaches_back).with_columns(
        peak=pl.when(higher).then(pl.coalesce(lifted, "peak")).otherwise(pl.col("peak_before")),
        peak_at=pl.when(higher).then(pl.col("peak_at")).otherwise(pl.col("peak_at_before")),
    )
    return follows.select(ROW), joined.filter(reaches_back).select(ROW)


def user_rows(entries: pl.DataFrame) -> pl.DataFrame:
    """What entries add to each user's balance of the month."""
    return entries.group_by(
        "order", "meter", period=pl.col("day").dt.month_start(), user_number="user"
    ).agg(used=pl.col("quantity").cast(EXACT).sum())


def of_kind(entries: pl.DataFrame, meters: Mapping[str, Meter], kind: MeterKind) -> pl.DataFrame:
    """The entries of flow, or of stock, meters."""
    keys = [key for key, meter in meters.items() if meter.kind is kind]
    return entries.filter(pl.col("meter").is_in(keys))


def by_user(entries: pl.DataFrame, meters: Mapping[str, Meter]) -> pl.DataFrame:
    """The entries of meters that are counted by user."""
    return entries.filter(pl.col("meter").is_in([k for k, m in meters.items() if m.by_user]))


def units(meters: Iterable[Meter]) -> pl.DataFrame:
    """The size of each meter's smallest unit, as text."""
    sizes = {meter.key: f"1e-{meter.decimals}" if meter.decimals else "1" for meter in meters}
    return pl.DataFrame({"meter": list(sizes), "unit": list(sizes.values())}, schema=UNITS)


UNITS = {"meter": pl.String, "unit": pl.String}


def arrays(rows: pl.DataFrame, columns: Iterable[str]) -> list[str]:
    """Columns as PostgreSQL writes arrays, exact numbers as text."""
    joined = [
        _quoted(column, rows.schema[column]).str.join(",").alias(column) for column in columns
    ]
    return [f"{{{own}}}" for own in rows.select(joined).row(0)]


def _quoted(column: str, dtype: pl.DataType) -> pl.Expr:
    text = pl.col(column).cast(pl.String)
    if dtype == pl.String:
        text = text.str.replace_all("\\", "\\\\", literal=True)
        text = text.str.replace_all('"', '\\"', literal=True)
    return pl.concat_str(pl.lit('"'), text, pl.lit('"')).fill_null("NULL")
