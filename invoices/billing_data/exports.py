"""Exports on record: asked for, made by a worker in pieces, kept for some days, then removed.

A worker that stops leaves an export that another one takes over; whoever has lost an export notices
it at the next piece. The hashes of files stay on record.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from billing.decisions import Decisions
from invoices.billing_data import queries
from invoices.billing_data.formats import Format
from metering.calendar import Span
from metering.problems import Problem, ProblemsFound
from metering.store import SaveConflict, Statement

MOST_AT_ONCE = 5
"""So many exports of an account may wait or be under way."""
MOST_SHOWN = 100
MOST_IN_NAME = 60


class State(StrEnum):
    """How far an export is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, and by whom; after closure at the ``request`` of an entitled person."""

    order: str
    account: str
    span: Span
    form: Format
    by: str
    request: str | None = None


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A file of an export, with its length and its SHA-256."""

    number: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Export:
    """An export as it stands; ``entries`` are not known before it is begun."""

    id: str
    order: str
    account: str
    first: date
    last: date
    form: Format
    asked_by: str
    asked_at: datetime
    request: str | None
    state: State
    attempts: int
    entries: int | None
    done: int
    finished_at: datetime | None
    removed_at: datetime | None
    error: str | None
    files: tuple[ExportFile, ...]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will become of it."""
        return self.state in (State.DONE, State.FAILED)

    @property
    def percent(self) -> int:
        """How much is done."""
        if self.state is State.DONE:
            return 100
        return 100 * self.done // self.entries if self.entries else 0

    def until(self, kept_days: int) -> datetime | None:
        """When its files are removed."""
        return self.finished_at + timedelta(days=kept_days) if self.finished_at else None

    def has_files(self, now: datetime, kept_days: int) -> bool:
        """Whether its files can be had."""
        end = self.until(kept_days)
        is_kept = end is not None and now < end and self.removed_at is None
        return self.state is State.DONE and is_kept

    def name(self, number: int) -> str:
        """What a file is called; a number is in the name where there are several."""
        several = f"{number:03}" if len(self.files) > 1 else ""
        return file_name(self.order, self.first, self.last, self.form, several)


def file_name(order: str, first: date, last: date, form: str, several: str = "") -> str:
    """A name that is harmless in a folder and in a header, whatever the order is called."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", order).strip("-")[:MOST_IN_NAME]
    parts = ("billing-data", plain, f"{first}", f"{last}", several)
    return f"{'_'.join(part for part in parts if part)}.{form}"


def ask(decisions: Decisions, wanted: Wanted, now: datetime) -> str:
    """Asks for an export; gives its id. Raises ProblemsFound where too many are under way."""
    row = {**row_of(wanted), "id": uuid.uuid4().hex, "asked_at": now, "most": MOST_AT_ONCE}
    try:
        turn = Statement(queries.ONE_AT_A_TIME, (wanted.account,))
        decisions.run(turn, Statement(queries.ASK, row, changes=1))
    except SaveConflict as error:
        message = f"{MOST_AT_ONCE} exports of this account are under way: wait until one is done"
        raise ProblemsFound([Problem("too_many_exports", "", message)]) from error
    return str(row["id"])


def row_of(wanted: Wanted) -> dict[str, Any]:
    """What was asked for, as parameters of a query."""
    return {
        "order": wanted.order,
        "account": wanted.account,
        "first": wanted.span.start,
        "last": wanted.span.end,
        "form": wanted.form.value,
        "by": wanted.by,
        "request": wanted.request,
    }


def export_of(decisions: Decisions, export: str) -> Export | None:
    """The export of an id."""
    return next(iter(_exports(decisions, id=export)), None)


def exports_of(decisions: Decisions, order: str) -> list[Export]:
    """The last exports of an order."""
    return _exports(decisions, order=order)


def exports_under(decisions: Decisions, request: str) -> list[Export]:
    """The last exports that were made at a request of an entitled person."""
    return _exports(decisions, request=request)


def _exports(decisions: Decisions, **given: Any) -> list[Export]:
    asked = {"id": None, "order": None, "request": None, "limit": MOST_SHOWN, **given}
    return [_export(row) for row in decisions.rows(queries.EXPORTS, **asked)]


def _export(row: Mapping[str, Any]) -> Export:
    known = {name: row[name] for name in row if name not in ("format", "state", "files")}
    files = tuple(ExportFile(**own) for own in row["files"])
    return Export(**known, form=Format(row["format"]), state=State(row["state"]), files=files)


def contents(decisions: Decisions, export: str, number: int) -> Iterator[bytes]:
    """A file of an export, a piece at a time; whoever reads slowly holds no connection."""
    for place in count(1):
        found = decisions.rows(queries.CHUNK, export, number, place)
        if not found:
            return
        yield bytes(found[0]["content"])


def remove_old(decisions: Decisions, kept_days: int, now: datetime) -> int:
    """Removes the contents of files that were kept long enough; says of how many exports."""
    before = now - timedelta(days=kept_days)
    old = decisions.rows(queries.OLD_EXPORTS, before=before)
    for row in old:
        drop = Statement(queries.DROP_CHUNKS, {"id": row["id"]})
        decisions.run(drop, Statement(queries.REMOVED, {"id": row["id"], "now": now}))
    return len(old)


def record_direct(
    decisions: Decisions, wanted: Wanted, entries: int, file: ExportFile, now: datetime
) -> str:
    """Records an export whose one file was handed over at once; its hash stays."""
    key = uuid.uuid4().hex
    row = {**row_of(wanted), "id": key, "asked_at": now, "now": now, "entries": entries}
    own = {"id": key, "number": file.number, "bytes": file.bytes, "sha256": file.sha256}
    decisions.run(Statement(queries.RECORD_DIRECT, row), Statement(queries.KEEP_DIRECT_FILE, own))
    return key
