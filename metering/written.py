"""Entries as they are shown and exported: every value as exact text, in fixed columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl

from metering.entries import Columns, unpacked_id
from metering.meters import Meter

ATTRIBUTES = (
    "from",
    "to",
    "operator",
    "direction",
    "category",
    "duration_seconds",
    "cost",
    "status",
)
"""The attributes that have a column of their own: with the time, those of billing data (R121)."""

WRITTEN: Columns = {
    "time": pl.String,
    "meter": pl.String,
    "quantity": pl.String,
    "unit": pl.String,
    "user": pl.String,
    **dict.fromkeys(ATTRIBUTES, pl.String),
    "source": pl.String,
    "id": pl.String,
    "recorded": pl.String,
    "late": pl.Boolean,
    "amendment": pl.String,
    "attributes": pl.String,
}
"""The columns of written entries. What an entry does not have is null.

``time`` and ``recorded`` are local, ISO 8601; ``amendment`` is the one that brought the entry, or
takes one back; ``attributes`` are those left over, as JSON.
"""


def written(
    entries: pl.DataFrame, meters: Mapping[str, Meter], users: Mapping[int, str]
) -> pl.DataFrame:
    """Recorded entries as text; they also have ``recorded``, ``late`` and ``amendment``."""
    attributes = entries.select("attributes").unique()
    return (
        entries.join(_split(attributes["attributes"]), on="attributes", how="left")
        .with_columns(
            unpacked_id(),
            time=_local("at"),
            recorded=_local("recorded"),
            quantity=_quantity(meters),
            unit=pl.col("meter").replace_strict({m.key: m.unit for m in meters.values()}),
            user=pl.col("user").replace_strict(users, default=None, return_dtype=pl.String),
            attributes="others",
        )
        .select(pl.col(name).cast(dtype) for name, dtype in WRITTEN.items())
    )


def _local(column: str) -> pl.Expr:
    """An instant in local time with its offset, microseconds only where there are any."""
    at = pl.col(column).dt.convert_time_zone("Europe/Warsaw")
    return (
        pl.when(pl.col(column).dt.microsecond() == 0)
        .then(at.dt.strftime("%Y-%m-%dT%H:%M:%S%:z"))
        .otherwise(at.dt.strftime("%Y-%m-%dT%H:%M:%S%.6f%:z"))
    )


def _quantity(meters: Mapping[str, Meter]) -> pl.Expr:
    """A number of smallest units as the decimal text of units, without needless zeros."""
    scaled = pl.col("quantity")
    decimals = pl.col("meter").replace_strict({m.key: m.decimals for m in meters.values()})
    digits = scaled.abs().cast(pl.String).str.zfill(decimals + 1)
    whole = digits.str.slice(0, digits.str.len_chars() - decimals)
    part = digits.str.tail(decimals).str.strip_chars_end("0")
    sign = pl.when(scaled < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    point = pl.when(part == "").then(pl.lit("")).otherwise(pl.lit("."))
    return pl.concat_str(sign, whole, point, part)


def _split(texts: pl.Series) -> pl.DataFrame:
    """Attributes in JSON, each known one in its column, the ``others`` in JSON again."""
    columns: dict[str, list[str | None]] = {name: [] for name in (*ATTRIBUTES, "others")}
    for text in texts:
        given: dict[str, Any] = orjson.loads(text) if text else {}
        for name in ATTRIBUTES:
            value = given.pop(name, None)
            columns[name].append(value if value is None or isinstance(value, str) else _json(value))
        columns["others"].append(_json(given) if given else None)
    schema = dict.fromkeys(columns, pl.String)
    return pl.DataFrame(
        {"attributes": texts, **columns}, schema={"attributes": pl.String, **schema}
    )


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
