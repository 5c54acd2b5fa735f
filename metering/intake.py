"""Intake: a batch of accepted events becomes pages and balances, each event exactly once.

The way of a batch: users get their numbers, entries their sheets; repeats are sifted out; what is
new is packed into pages, and the pages are saved with the balances in one transaction. Two writers
of one sheet meet at the sheet's version: one wins, the other forgets what it knew and tries again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from eventsourcing.persistence import IntegrityError

from metering import balances, queries
from metering.decode import Decoded, Rejected
from metering.entries import packed_id, shard_of
from metering.known import KnownSheets
from metering.meters import Meter, MeterKind
from metering.pages import SHEET_ENTRIES, Page, in_groups, pack_pages, unpack_pages
from metering.problems import Problem
from metering.sheets import SHARDS, identity_hash, sift
from metering.store import Statement, UsageStore

ATTEMPTS = 50


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: every line of it is accepted, a duplicate or rejected.

    ``repeated`` are the lines of the duplicates.
    """

    accepted: int = 0
    repeated: tuple[int, ...] = ()
    rejected: tuple[Rejected, ...] = field(default=())

    @property
    def duplicates(self) -> int:
        """How many events of the batch were recorded already."""
        return len(self.repeated)


class Contention(Exception):
    """A batch lost to other writers too often; nothing of it was recorded."""


class Intake:
    """Records batches in a store. ``meters`` are all that any edition knows."""

    def __init__(self, store: UsageStore, meters: Mapping[str, Meter]) -> None:
        self._store = store
        self._meters = meters
        self._units = balances.units(meters.values())
        self._known = KnownSheets(store)

    def take(self, batch: Decoded, received_at: datetime, also: Sequence[Statement] = ()) -> Taken:
        """Records what is new in a batch; when it returns, that is durable.

        ``also`` are further statements of the same transaction.
        """
        if batch.entries.height == 0:
            return Taken(rejected=batch.rejected)
        entries = self._prepare(batch.entries)
        sheets = entries["sheet"].unique().to_list()
        for _ in range(ATTEMPTS):
            try:
                return self._record(entries, sheets, batch, received_at, also)
            except IntegrityError:
                self._known.forget(sheets)
        raise Contention(f"{len(sheets)} sheets were changed by others {ATTEMPTS} times")

    def _record(
        self,
        entries: pl.DataFrame,
        sheets: list[str],
        batch: Decoded,
        received_at: datetime,
        also: Sequence[Statement],
    ) -> Taken:
        known = self._known.meet(sheets)
        numbers = pl.Series(np.concatenate([sheet.numbers for sheet in known.values()]))
        repeated = pl.col("number").is_in(numbers.implode()) | ~pl.col("number").is_first_distinct()
        suspects = entries.filter(repeated)["number"]
        doubtful = pl.col("number").is_in(suspects.implode())
        sifted = sift(entries.filter(doubtful), self._recorded(entries.filter(doubtful)))
        new = pl.concat([entries.filter(~doubtful), sifted.new])
        versions = {sheet: own.version for sheet, own in known.items()}
        pages = pack_pages(new, versions, received_at)
        self._save(pages, new, [*self._repeats(sifted.repeats, received_at), *also])
        self._known.add({page.originator_id: page.originator_version for page in pages}, new)
        self._known.trim()
        conflicts = _conflicts(sifted.conflicts, batch)
        return Taken(new.height, sifted.repeated, (*batch.rejected, *conflicts))

    def _save(self, pages: list[Page], new: pl.DataFrame, also: list[Statement]) -> None:
        """Saves what is new with whatever belongs to it; that alone needs no page."""
        if pages:
            self._store.save(*pages, statements=[*self._statements(new), *also])
        else:
            self._store.run(*also)

    def _repeats(self, repeats: pl.DataFrame, received_at: datetime) -> Iterator[Statement]:
        if repeats.height:
            yield Statement(queries.ADD_REPEATS, [received_at, balances.json_rows(repeats)])

    def _prepare(self, entries: pl.DataFrame) -> pl.DataFrame:
        """Adds day, sheet and the number of an identity; packs ids and numbers users."""
        orders = entries.select("order").unique()
        shards = [f"{shard_of(order, SHARDS):02}" for order in orders["order"]]
        day = pl.col("at").dt.convert_time_zone("Europe/Warsaw").dt.date()
        numbered = self._number_users(entries.with_columns(day=day, id=packed_id()))
        return (
            numbered.join(orders.with_columns(shard=pl.Series(shards)), on="order")
            .with_columns(sheet=pl.format("{}/{}", "day", "shard"), number=identity_hash())
            .sort("line")
        )

    def _number_users(self, entries: pl.DataFrame) -> pl.DataFrame:
        """Puts each user's number in the place of the name; 0 stands for no named user."""
        keyed = entries.with_columns(period=pl.col("day").dt.month_start())
        key = ["order", "period", "user"]
        named = keyed.select(key).unique().filter(pl.col("user") != "")
        if named.height == 0:
            return entries.with_columns(user=pl.lit(0, pl.Int64))
        wanted = balances.json_rows(named.rename({"user": "name"}))
        found = self._store.rows(queries.KNOWN_USERS, wanted)
        if len(found) < named.height:
            self._store.rows(queries.NEW_USERS, wanted)
            found = self._store.rows(queries.KNOWN_USERS, wanted)
        numbers = pl.DataFrame(
            [(row["order_id"], row["period"], row["name"], row["number"]) for row in found],
            schema={"order": pl.String, "period": pl.Date, "user": pl.String, "n": pl.Int64},
            orient="row",
        )
        joined = keyed.join(numbers, on=key, how="left")
        return joined.with_columns(user=pl.col("n").fill_null(0)).select(entries.columns)

    def _recorded(self, entries: pl.DataFrame) -> pl.DataFrame:
        """The recorded entries that may be the same as some of a batch."""
        frames = [pl.DataFrame(schema=SHEET_ENTRIES)]
        sheets, numbers = entries["sheet"].unique(), entries.select("number").unique()
        for pages in in_groups(self._store.pages(sheets)) if len(sheets) else ():
            own = unpack_pages(pages).with_columns(number=identity_hash())
            frames.append(own.join(numbers, on="number", how="semi").drop("number"))
        return pl.concat(frames)

    def _statements(self, new: pl.DataFrame) -> Iterator[Statement]:
        """What the new entries add to the balances."""
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


EARLIER = ("used", "peak", "peak_at", "last_at")


def _conflicts(conflicts: pl.DataFrame, batch: Decoded) -> Iterator[Rejected]:
    """Events whose identity is recorded with other content."""
    message = (
        "an event of this source and id is recorded for this order and day with other content: "
        "give a new event an id of its own"
    )
    for line in conflicts["line"].sort():
        yield Rejected(line, (Problem("id_conflict", "id", message),), batch.text_of(line))
