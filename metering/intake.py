"""Intake: a batch of accepted events becomes pages and balances, each event exactly once.

The way of a batch: it is made ready for its sheets; repeats are sifted out; what is new is packed
into pages, and the pages are saved with the balances in one transaction.

Many may write to one sheet at once, so all heavy work is done before the save, by what is known
then. Within the save nobody else adds pages: what others have added meanwhile is read, and only if
it holds some of the batch is the work done again. So a writer never does more than what others have
added since asks for, and never starts over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock

import numpy as np
import polars as pl
from eventsourcing.persistence import IntegrityError, StoredEvent

from metering import balances, queries
from metering.adding import Balances
from metering.decode import Decoded, Rejected
from metering.entries import Columns
from metering.known import KnownSheets
from metering.meters import Meter
from metering.packing import pack_pages
from metering.pages import SHEET_ENTRIES, Page, in_groups, names_of, runs, unpack_pages
from metering.preparing import prepare
from metering.problems import Problem
from metering.sheets import NOTHING_REPEATED, Sifted, identity_hash, sift
from metering.store import Saving, Statement, UsageStore
from metering.users import UserNumbers

ATTEMPTS = 5


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
    """Somebody adds pages without the table's lock; nothing of the batch was recorded."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch with its entries as pages will hold them."""

    batch: Decoded
    entries: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Ready:
    """A batch as it will be saved, unless others have recorded some of it meanwhile."""

    new: pl.DataFrame
    sifted: Sifted
    pages: list[Page]
    packed: list[StoredEvent]
    statements: list[Statement]


class Intake:
    """Records batches in a store. ``meters`` are all that any edition knows.

    Threads that share an intake take turns; another process has an intake of its own.
    """

    def __init__(self, store: UsageStore, meters: Mapping[str, Meter]) -> None:
        self._store = store
        self._balances = Balances(meters)
        self._known = KnownSheets()
        self._users = UserNumbers(store)
        self._turn = Lock()

    def take(self, batch: Decoded, received_at: datetime, also: Sequence[Statement] = ()) -> Taken:
        """Records what is new in a batch; when it returns, that is durable.

        ``also`` are further statements of the same transaction.
        """
        return self.record(self.prepare(batch), received_at, also)

    def prepare(self, batch: Decoded) -> Prepared:
        """The part of taking a batch for which nobody need wait."""
        if batch.entries.height == 0:
            return Prepared(batch, batch.entries)
        return Prepared(batch, prepare(batch.entries, self._users))

    def record(
        self, prepared: Prepared, received_at: datetime, also: Sequence[Statement] = ()
    ) -> Taken:
        """Records what is new in a prepared batch; when it returns, that is durable."""
        batch, entries = prepared.batch, prepared.entries
        if entries.height == 0:
            return Taken(rejected=batch.rejected)
        with self._turn:
            ready = self._save(entries, received_at, also)
            self._known.trim()
        conflicts = _conflicts(ready.sifted.conflicts, batch)
        return Taken(ready.new.height, ready.sifted.repeated, (*batch.rejected, *conflicts))

    def _save(
        self, entries: pl.DataFrame, received_at: datetime, also: Sequence[Statement]
    ) -> _Ready:
        sheets = names_of(entries["sheet"])
        self._known.follow(sheets, self._store.pages_after)
        ready = self._ready(entries, received_at)
        if not ready.pages:
            self._store.run(*ready.statements, *also)
            return ready
        failed: IntegrityError | None = None
        for _ in range(ATTEMPTS):
            try:
                return self._saved(ready, entries, received_at, also)
            except IntegrityError as error:
                failed = error
        raise Contention(f"{len(sheets)} sheets were changed by others") from failed

    def _saved(
        self,
        ready: _Ready,
        entries: pl.DataFrame,
        received_at: datetime,
        also: Sequence[Statement],
    ) -> _Ready:
        """Saves a batch, made ready once more if others have recorded some of it meanwhile."""
        with self._store.saving() as saving:
            others = self._known.follow(names_of(entries["sheet"]), saving.pages_after)
            if others and self._held(ready.new).any():
                ready = self._ready(entries, received_at)
            pages = self._append(saving, ready)
            saving.run(also)
        self._known.add(pages, ready.new["number"].to_numpy())
        return ready

    def _ready(self, entries: pl.DataFrame, received_at: datetime) -> _Ready:
        """Sifts out repeats, by what is known, and packs the rest."""
        new, sifted = self._sift(entries)
        pages = pack_pages(new, received_at)
        statements = list(self._balances.of_flow(new))
        if sifted.repeats.height:
            rows = balances.arrays(sifted.repeats, sifted.repeats.columns)
            statements.append(Statement(queries.ADD_REPEATS, [received_at, *rows]))
        list(self._balances.of_stock(new, self._store))  # the save will need what this remembers
        return _Ready(new, sifted, pages, self._store.packed(pages), statements)

    def _sift(self, entries: pl.DataFrame) -> tuple[pl.DataFrame, Sifted]:
        is_doubtful = pl.Series(self._held(entries)) | entries["number"].is_duplicated()
        if not is_doubtful.any():
            return entries, NOTHING_REPEATED
        doubtful = entries.filter(is_doubtful).sort("line").cast(pl.Schema(_TEXTS))
        sifted = sift(doubtful, self._recorded(doubtful))
        dropped = [*sifted.repeated, *sifted.conflicts]
        return (entries.filter(~pl.col("line").is_in(dropped)) if dropped else entries), sifted

    def _held(self, entries: pl.DataFrame) -> np.ndarray:
        """Which entries have a number that their sheet knows."""
        numbers = entries["number"].to_numpy()
        held, start = [], 0
        for sheet, count in runs(entries["sheet"]):
            held.append(self._known[sheet].holds(numbers[start : start + count]))
            start += count
        return np.concatenate(held)

    def _recorded(self, entries: pl.DataFrame) -> pl.DataFrame:
        """The recorded entries that may be the same as some of a batch."""
        numbers = entries.group_by("sheet").agg(pl.col("number").unique())
        places = {sheet: self._known[sheet].pages_of(own) for sheet, own in numbers.iter_rows()}
        frames = [pl.DataFrame(schema=SHEET_ENTRIES)]
        for pages in in_groups(self._store.pages_at(places)):
            own = unpack_pages(pages).with_columns(number=identity_hash())
            frames.append(own.join(entries, on="number", how="semi").drop("number"))
        return pl.concat(frames)

    def _append(self, saving: Saving, ready: _Ready) -> list[Page]:
        """Adds the pages after those that there are, and what they add to the balances."""
        stock = list(self._balances.of_stock(ready.new, saving))  # reads what is there before
        numbered = list(self._numbered(ready))
        saving.append([event for _, event in numbered])
        saving.run([*ready.statements, *stock])
        return [page for page, _ in numbered]

    def _numbered(self, ready: _Ready) -> Iterator[tuple[Page, StoredEvent]]:
        last: dict[str, int] = {}
        for page, event in zip(ready.pages, ready.packed, strict=True):
            sheet = page.originator_id
            last[sheet] = version = last.get(sheet, self._known[sheet].version) + 1
            yield (
                replace(page, originator_version=version),
                replace(event, originator_version=version),
            )


_TEXTS: Columns = {"sheet": pl.String, "order": pl.String, "source": pl.String, "meter": pl.String}


def _conflicts(lines: Iterable[int], batch: Decoded) -> Iterator[Rejected]:
    """Events whose identity is recorded with other content."""
    message = (
        "an event of this source and id is recorded for this order and day with other content: "
        "give a new event an id of its own"
    )
    for line in lines:
        yield Rejected(line, (Problem("id_conflict", "id", message),), batch.text_of(line))
