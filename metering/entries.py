"""Entries: accepted events in columns.

A quantity is a whole number of the meter's smallest unit (10^-decimals), so that columns add up
exactly in integers; a time is a UTC instant to the microsecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zlib import crc32

import numpy as np
import polars as pl
from polars.datatypes import DataType, DataTypeClass

from metering.events import UsageEvent

UTC_MICROSECONDS = pl.Datetime("us", "UTC")
Columns = dict[str, DataType | DataTypeClass]

ENTRIES: Columns = {
    "line": pl.Int64,
    "order": pl.String,
    "source": pl.String,
    "id": pl.String,
    "meter": pl.String,
    "at": UTC_MICROSECONDS,
    "quantity": pl.Int64,
    "user": pl.String,
    "attributes": pl.String,
}
"""The columns of a batch; ``user`` and ``attributes`` are empty text where there are none."""


def entries_of(
    events: Iterable[tuple[int, UsageEvent]], decimals: Mapping[str, int]
) -> pl.DataFrame:
    """Events with their line numbers, as columns."""
    rows = [
        (
            line,
            event.order,
            event.source,
            event.id,
            event.meter,
            event.occurred_at,
            int(event.quantity.scaleb(decimals[event.meter])),
            event.user,
            event.attributes,
        )
        for line, event in events
    ]
    return pl.DataFrame(rows, schema=ENTRIES, orient="row")


_UUID = r"^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$"


def packed_ids(ids: pl.Series) -> pl.Series:
    """Ids as bytes, as `packed_id` makes them; where all are UUIDs, all at once."""
    if len(ids) == 0 or not ids.str.contains(_UUID).all():
        return ids.to_frame().select(packed_id(ids.name)).to_series()
    digits: str = ids.str.replace_all("-", "", literal=True).str.join("").item()
    rows = np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(-1, 16)
    return pl.Series(ids.name, rows).cast(pl.List(pl.UInt8)).cast(pl.Binary)


def packed_id(column: str = "id") -> pl.Expr:
    """An id as bytes: a UUID in 16, any other text as UTF-8.

    Text of 16 bytes gets a closing zero byte, which no id contains, so that it is no UUID.
    """
    text = pl.col(column)
    uuid = text.str.contains(_UUID)
    plain = pl.when(text.str.len_bytes() == 16).then(text + "\0").otherwise(text)
    digits = pl.when(uuid).then(text.str.replace_all("-", "", literal=True)).otherwise(pl.lit(""))
    return pl.when(uuid).then(digits.str.decode("hex")).otherwise(plain.cast(pl.Binary))


def unpacked_id(column: str = "id") -> pl.Expr:
    """The id as it came, from its bytes."""
    size, digits = pl.col(column).bin.size(), pl.col(column).bin.encode("hex")
    own = pl.when(size == 16).then(digits)
    ends = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))
    uuid = pl.concat_str([own.str.slice(start, length) for start, length in ends], separator="-")
    # By way of the digits: a cast would look at the bytes of the UUIDs as well, which are no text.
    plain = pl.when(size != 16).then(digits).str.decode("hex").cast(pl.String)
    return pl.coalesce(uuid, plain.str.strip_suffix("\0")).alias(column)


def shard_of(order: str, shards: int) -> int:
    """The shard an order's sheets belong to; it never changes."""
    return crc32(order.encode()) % shards
