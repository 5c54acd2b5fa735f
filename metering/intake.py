"""Intake: a batch of accepted events becomes pages and balances, each event exactly once.

The way of a batch: users get their numbers, entries their sheets; repeats are sifted out; what is
new is packed into pages, and the pages are saved with the balances in one transaction. Two writers
of one sheet meet at the sheet's version: one wins, the other forgets what it knew and tries again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl
from eventsourcing.persistence import IntegrityError

from metering import balances, queries
from metering.books import Books
from metering.decode import Decoded, Rejected
from metering.entries import packed_id, shard_of
from metering.known import KnownSheets
from metering.meters import Meter
from metering.numbering import number_users
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
        self._books = Books(store, meters)
        self._known = KnownSheets(store)

    def take(self, batch: Decoded, received_at: datetime) -> Taken:
        """Records what is new in a batch; when it returns, that is durable."""
        if batch.entries.height == 0:
            return Taken(rejected=batch.rejected)
        entries = self._prepare(batch.entries)
        sheets = entries["sheet"].unique().to_list()
        for _ in range(ATTEMPTS):
            try:
                return self._record(entries, sheets, batch, received_at)
            except IntegrityError:
                self._known.forget(sheets)
        raise Contention(f"{len(sheets)} sheets were changed by others {ATTEMPTS} times")

    def _record(
        self, entries: pl.DataFrame, sheets: list[str], batch: Decoded, received_at: datetime
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
        self._save(pages, new, sifted.repeats, received_at)
        self._known.add({page.originator_id: page.originator_version for page in pages}, new)
        self._known.trim()
        conflicts = _conflicts(sifted.conflicts, batch)
        return Taken(new.height, sifted.repeated, (*batch.rejected, *conflicts))

    def _save(
        self, pages: list[Page], new: pl.DataFrame, repeats: pl.DataFrame, received_at: datetime
    ) -> None:
        """Saves what is new and the count of repeats together; repeats alone need no page."""
        counted = Statement(queries.ADD_REPEATS, [received_at, balances.json_rows(repeats)])
        statements = [counted] if repeats.height else []
        if pages:
            self._store.save(*pages, statements=[*self._books.statements(new), *statements])
        else:
            self._store.run(*statements)

    def _prepare(self, entries: pl.DataFrame) -> pl.DataFrame:
        """Adds day, sheet and the number of an identity; packs ids and numbers users."""
        orders = entries.select("order").unique()
        shards = [f"{shard_of(order, SHARDS):02}" for order in orders["order"]]
        day = pl.col("at").dt.convert_time_zone("Europe/Warsaw").dt.date()
        numbered = number_users(self._store, entries.with_columns(day=day, id=packed_id()))
        return (
            numbered.join(orders.with_columns(shard=pl.Series(shards)), on="order")
            .with_columns(sheet=pl.format("{}/{}", "day", "shard"), number=identity_hash())
            .sort("line")
        )

    def _recorded(self, entries: pl.DataFrame) -> pl.DataFrame:
        """The recorded entries that may be the same as some of a batch."""
        frames = [pl.DataFrame(schema=SHEET_ENTRIES)]
        sheets, numbers = entries["sheet"].unique(), entries.select("number").unique()
        for pages in in_groups(self._store.pages(sheets)) if len(sheets) else ():
            own = unpack_pages(pages).with_columns(number=identity_hash())
            frames.append(own.join(numbers, on="number", how="semi").drop("number"))
        return pl.concat(frames)


def _conflicts(conflicts: pl.DataFrame, batch: Decoded) -> Iterator[Rejected]:
    """Events whose identity is recorded with other content."""
    message = (
        "an event of this source and id is recorded for this order and day with other content: "
        "give a new event an id of its own"
    )
    for line in conflicts["line"].sort():
        yield Rejected(line, (Problem("id_conflict", "id", message),), batch.text_of(line))
