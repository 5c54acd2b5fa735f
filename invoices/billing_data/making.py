"""Makes the files of exports that were asked for, a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.settling import settle
from invoices.billing_data import queries
from invoices.billing_data.exports import Export, State, export_of
from invoices.billing_data.formats import WRITERS, check_export
from invoices.billing_data.reading import BillingData, read_billing_data
from invoices.billing_data.splitting import Room, numbered
from metering.calendar import Span, local_day
from metering.problems import ProblemsFound
from metering.store import SaveConflict, Statement, UsageStore

LEASE = timedelta(minutes=10)
"""An export of which nothing was heard for so long is taken over."""
MOST_ATTEMPTS = 3
CHUNK = 1024 * 1024
BROKEN_OFF = "the service stopped while it was made, three times"


class Stopping(Exception):
    """The process is to end: what it was making waits for another one."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What exports are made with; a file has at most ``most_bytes``.

    ``go_on`` is asked at every step and raises Stopping where the process is to end.
    """

    decisions: Decisions
    usage: UsageStore
    catalog: Catalog
    most_bytes: int
    clock: Callable[[], datetime]
    go_on: Callable[[], None] = lambda: None

    def make_next(self) -> bool:
        """Makes the export that has waited longest; False if none waits."""
        export = self._take()
        if export is None:
            return False
        try:
            self._make(export)
        except Stopping:
            self.decisions.run(Statement(queries.GIVE_BACK, _ours(export)))
            raise
        except SaveConflict:
            pass  # another process has taken it over
        except ProblemsFound as found:
            self._finish(export, State.FAILED, str(found))
        return True

    def _take(self) -> Export | None:
        now = self.clock()
        own = {"now": now, "stale": now - LEASE, "attempts": MOST_ATTEMPTS}
        self.decisions.run(Statement(queries.GIVE_UP, {**own, "error": BROKEN_OFF}))
        with self.decisions.datastore.transaction(commit=True) as curs:
            found = curs.execute(queries.TAKE.encode(), own).fetchone()
            if found is None:
                return None
            for query in (queries.DROP_FILES, queries.DROP_CHUNKS):
                curs.execute(query.encode(), {"id": found["id"]})
        return export_of(self.decisions, found["id"])

    def _make(self, export: Export) -> None:
        """The day on which it was asked for decides what may be given out (R123)."""
        settle(self.usage, self.catalog, self.clock(), export.order)
        data = read_billing_data(
            self.decisions,
            self.usage,
            self.catalog,
            export.order,
            Span(export.first, export.last),
            self.clock(),
            today=local_day(export.asked_at),
        )
        check_export(data, export.form)
        for number, frames in self._split(export, data):
            self._keep(export, number, WRITERS[export.form].parts(data, frames, number))
        self._finish(export, State.DONE)

    def _split(
        self, export: Export, data: BillingData
    ) -> Iterator[tuple[int, Iterable[pl.DataFrame]]]:
        """The entries of each file; where there are none, one file says so."""
        writer = WRITERS[export.form]
        room = Room(self.most_bytes, writer.most_entries)
        frames = self._counted(export, data)
        number = 0
        for number, own in groupby(numbered(frames, writer.measure, room), itemgetter(0)):
            yield number, (frame for _, frame in own)
        if number == 0:
            yield 1, ()

    def _counted(self, export: Export, data: BillingData) -> Iterator[pl.DataFrame]:
        done = 0
        self._touch(export, done, data.entries)
        for frame in data.frames():
            yield frame
            done += frame.height
            self._touch(export, done, data.entries)

    def _touch(self, export: Export, done: int, entries: int) -> None:
        self.go_on()
        own = {**_ours(export), "done": done, "entries": entries, "now": self.clock()}
        self.decisions.run(Statement(queries.TOUCH, own, changes=1))

    def _keep(self, export: Export, number: int, parts: Iterable[bytes]) -> None:
        digest, size, place = sha256(), 0, 0
        for place, chunk in enumerate(_pieces(parts), 1):
            digest.update(chunk)
            size += len(chunk)
            own = {**_ours(export), "file": number, "number": place, "content": chunk}
            self.decisions.run(Statement(queries.KEEP_CHUNK, own, changes=1))
            self.go_on()
        row = {**_ours(export), "file": number, "bytes": size, "sha256": digest.hexdigest()}
        self.decisions.run(Statement(queries.KEEP_EXPORT_FILE, row, changes=1))

    def _finish(self, export: Export, state: State, error: str | None = None) -> None:
        own = {**_ours(export), "state": state.value, "error": error, "now": self.clock()}
        self.decisions.run(Statement(queries.FINISH, own, changes=1))


def _ours(export: Export) -> dict[str, Any]:
    """Names an export as this attempt knows it."""
    return {"id": export.id, "attempts": export.attempts}


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Bytes in pieces of bounded length."""
    for part in parts:
        for start in range(0, len(part), CHUNK):
            yield part[start : start + CHUNK]
