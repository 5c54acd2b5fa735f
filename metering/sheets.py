"""Day sheets: the record of usage, one stream of pages for each local day and shard of orders.

Orders share the sheets of their shard, so that a long tail of small orders costs no more than a few
large ones. A usage event is identified by its order, local day, source and id, and each of them
decides the sheet or stands in it, so the sheet alone can tell a repeat (contract, section 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from metering.entries import shard_of

SHARDS = 64

IDENTITY = ("order", "source", "id")
CONTENT = ("meter", "at", "quantity", "user", "attributes")


def sheet_id(order: str, day: date) -> str:
    """The name of the sheet that holds an order's entries of a local day."""
    return f"{day.isoformat()}/{shard_of(order, SHARDS):02}"


def sheet_day(sheet: str) -> date:
    """The local day of a sheet."""
    return date.fromisoformat(sheet.partition("/")[0])


def identity_hash() -> pl.Expr:
    """A 64-bit number that two entries of one identity share; within this process only."""
    return pl.struct(IDENTITY).hash(seed=0)


@dataclass(frozen=True, slots=True)
class Sifted:
    """What of a batch is not new: repeats, and entries that contradict another.

    ``repeats`` counts them by order, local day and meter, ``repeated`` are their lines, and
    ``conflicts`` the lines of those that contradict.
    """

    repeats: pl.DataFrame
    repeated: tuple[int, ...]
    conflicts: tuple[int, ...]


NOTHING_REPEATED = Sifted(pl.DataFrame(), (), ())


def sift(batch: pl.DataFrame, recorded: pl.DataFrame) -> Sifted:
    """Tells new entries from repeats, by full identity and content.

    ``batch`` has the columns of recorded entries and ``line``, and is sorted by it. The first entry
    of an identity counts; a later one with the same content is a duplicate, which is a success, and
    one with other content is a conflict. What was amended is known by its content before and after,
    also where it was voided: a repeat of it is a duplicate and brings nothing back.
    """
    key = ["sheet", *IDENTITY]
    columns = [*key, *CONTENT, "line"]
    as_given = recorded.filter(pl.col("amends") >= 0)
    known = as_given.with_columns(line=pl.lit(-1, pl.Int64)).select(columns)
    first = pl.concat([known, batch.select(columns)]).unique(key, keep="first", maintain_order=True)
    new = batch.join(first, on=[*key, "line"], how="semi", maintain_order="left")
    later = batch.join(first, on=[*key, "line"], how="anti", maintain_order="left")
    content = [*key, *CONTENT]
    contents = pl.concat([known.select(content), new.select(content)])
    repeats = later.join(contents, on=content, how="semi", maintain_order="left")
    conflicts = later.join(contents, on=content, how="anti", maintain_order="left")
    return Sifted(
        repeats=_counted(repeats),
        repeated=tuple(repeats["line"]),
        conflicts=tuple(conflicts["line"]),
    )


def _counted(repeats: pl.DataFrame) -> pl.DataFrame:
    return (
        repeats.group_by("sheet", "order", "meter")
        .agg(repeats=pl.len().cast(pl.Int64))
        .select("order", pl.col("sheet").str.head(10).alias("day"), "meter", "repeats")
        .sort("order", "day", "meter")
    )
