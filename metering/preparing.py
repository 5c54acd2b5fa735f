"""A batch made ready for its sheets: days, packed ids, numbers of identities, order of pages."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import polars as pl

from metering.entries import packed_ids, shard_of
from metering.pages import NAMED, as_names, names_of
from metering.sheets import SHARDS, identity_hash
from metering.users import UserNumbers

PAGE_ORDER = ("sheet", "order", "at")


def prepare(entries: pl.DataFrame, users: UserNumbers) -> pl.DataFrame:
    """Adds day, sheet and the number of an identity; packs ids and numbers users.

    Names are kept once each (`metering.pages.as_names`). The entries are sorted as pages hold them.
    """
    day = pl.col("at").dt.convert_time_zone("Europe/Warsaw").dt.date()
    packed = entries.with_columns(packed_ids(entries["id"]), day=day)
    hashed = packed.with_columns(number=identity_hash())
    named = hashed.with_columns(as_names(hashed[name]) for name in NAMED)
    numbered = users.put(named)
    return numbered.with_columns(_sheets(numbered)).sort(PAGE_ORDER, maintain_order=True)


def _sheets(entries: pl.DataFrame) -> pl.Series:
    """The sheet of each entry."""
    orders = entries["order"]
    shards = np.array([_shard(order) for order in names_of(orders)])
    days = entries["day"].to_physical().to_numpy().astype(np.int64)
    sheets, places = np.unique(
        days * SHARDS + shards[orders.to_physical().to_numpy()], return_inverse=True
    )
    found = pl.DataFrame({"day": sheets // SHARDS, "shard": sheets % SHARDS})
    shard = pl.col("shard").cast(pl.String).str.zfill(2)
    names = found.select(pl.format("{}/{}", pl.col("day").cast(pl.Date), shard)).to_series()
    return pl.Series("sheet", places.astype(np.uint32)).cat.to(pl.Enum(names))


@lru_cache(maxsize=1_000_000)
def _shard(order: str) -> int:
    return shard_of(order, SHARDS)
