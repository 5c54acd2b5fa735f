"""Single entries of one order, in order of time and in bounded memory, whatever their number.

Pages hold the entries of many orders as they came, so a day's pages must all be read before its
first entry is known. A day of too many entries is therefore cut into windows of time, and the pages
that have entries in a window are read once for each window.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from metering import queries
from metering.calendar import Span, start_of
from metering.history import Rows
from metering.meters import Meter
from metering.packing import MAX_PAGE_ENTRIES
from metering.pages import (
    Page,
    amendment_of,
    in_groups,
    times_of,
    unpack_pages,
)
from metering.sheets import sheet_id
from metering.standing import IS_COUNTER, standing
from metering.store import UsageStore
from metering.written import written

WINDOW_ENTRIES = 100_000
"""A day with more entries of an order than this is read in windows of about so many."""

GIVEN_ENTRIES = 25_000
"""So many are given at once: as text they are far larger."""

KEPT_DAYS = 365
"""Entries are shown for so many days after their own, the last one included (R123)."""

SECOND = 1_000_000
LONGEST_DAY = 25 * 3600


def is_kept(day: date, today: date) -> bool:
    """Whether the entries of a day may still be shown today (R123)."""
    return today - day <= timedelta(days=KEPT_DAYS)


@dataclass(frozen=True, slots=True)
class Itemised:
    """The entries of an order on some days, as of one position of the record.

    ``days`` has the number of entries of each day that has any, but for ``too_old`` days whose
    entries may no longer be shown; ``frames`` gives the entries, their columns those of
    `metering.written.WRITTEN`.

    What was voided is not among them. Entries recorded after the position ``invoiced`` are marked
    late, ``late_entries`` of them on all the days. Among these are the counter-entries of what the
    invoice has counted: so the entries that are not late come to the invoice, and all of them to
    what stands now. ``recorded`` has the number of all rows of a day, those that cancel too, and
    ``counters`` that of the counter-entries that are shown, by day and meter.
    """

    store: UsageStore
    order: str
    meters: Mapping[str, Meter]
    users: Mapping[int, str]
    days: Mapping[date, int]
    until: int
    too_old: int = 0
    invoiced: int | None = None
    late_entries: int = 0
    recorded: Mapping[date, int] = field(default_factory=dict)
    counters: Mapping[tuple[date, str], int] = field(default_factory=dict)
    window: int = WINDOW_ENTRIES

    @property
    def entries(self) -> int:
        """How many entries there are."""
        return sum(self.days.values())

    def frames(self) -> Iterator[pl.DataFrame]:
        """The entries in order of time, then source and id, some of them at a time."""
        for own in self._entries():
            for part in own.iter_slices(GIVEN_ENTRIES):
                yield written(part, self.meters, self.users)

    def part(
        self, meters: Collection[str] | None, first: int, most: int
    ) -> tuple[int, list[dict[str, Any]]]:
        """How many entries there are of some meters, or of all, and some of them from one on."""
        count, found = 0, list[dict[str, Any]]()
        for own in self._entries():
            wanted = own if meters is None else own.filter(pl.col("meter").is_in(list(meters)))
            start, end = (min(max(at - count, 0), wanted.height) for at in (first, first + most))
            if end > start:
                rows = wanted.slice(start, end - start)
                found += written(rows, self.meters, self.users).to_dicts()
            count += wanted.height
        return count, found

    def _entries(self) -> Iterator[pl.DataFrame]:
        for day, entries in self.days.items():
            large = self.recorded.get(day, entries) > self.window
            for window in self._windows(day) if large else [WHOLE_DAY]:
                yield self._read(day, window)

    def _windows(self, day: date) -> list[Window]:
        first, pages = _microseconds(day), _PageTimes()
        for page in self.store.pages_of(sheet_id(self.order, day), self.until):
            pages.add(page.originator_version, times_of(page, self.order) - first)
        return [
            Window(first + start, first + end, pages.between(start, end))
            for start, end in cut(pages.by_second, self.window)
        ]

    def _read(self, day: date, window: Window) -> pl.DataFrame:
        """The entries of a window, sorted."""
        sheet = sheet_id(self.order, day)
        late = self._late(sheet)
        pages = self.store.pages_of(sheet, self.until, window.pages)
        own = (page for page in pages if self.order in page.names["order"])
        at = pl.col("at").dt.epoch("us")
        wanted = (pl.col("order") == self.order) & (at >= window.start) & (at < window.end)
        frames = [
            _with_pages(group, late).filter(wanted).with_columns(OWN_TEXT)
            for group in in_groups(own, MAX_PAGE_ENTRIES)
        ]
        entries = standing(pl.concat(frames or [_with_pages([], late)]), "late")
        return entries.sort("at", "source", "id", maintain_order=True)

    def _late(self, sheet: str) -> frozenset[int]:
        """The pages of a sheet that came after the invoice."""
        if self.invoiced is None:
            return frozenset()
        rows = self.store.rows(queries.PAGES_AFTER, sheet, self.invoiced)
        return frozenset(row["version"] for row in rows)


@dataclass(frozen=True, slots=True)
class Window:
    """Instants in microseconds, half-open, and the pages to read for them; None are all."""

    start: int
    end: int
    pages: list[int] | None = None


OWN_TEXT = pl.col("attributes") + ""
"""Copies the text: a filtered column still holds the text of every row of the page."""

WHOLE_DAY = Window(0, 2**62)


def read_itemised(
    store: UsageStore,
    rows: Rows,
    order: str,
    span: Span,
    meters: Mapping[str, Meter],
    *,
    today: date,
    invoiced: int | None = None,
) -> Itemised:
    """The entries of an order on the days of a closed span that may still be shown today.

    ``rows`` runs queries within a snapshot of the store; the entries may be read after it ended.
    ``meters`` are all that any edition knows.
    """
    asked = {"order": order, "first": span.start, "last": span.end}
    recorded = Counter[date]()
    for row in rows(queries.BALANCES_OF_ORDER, **asked):
        recorded[row["day"]] += row["entries"]
    until = rows(queries.POSITION)[0]["position"]
    late = _late_entries(store, rows, order, recorded, invoiced, until)
    shown = recorded.copy()
    for row in rows(queries.TAKEN_BACK_DAYS, **asked):
        shown[row["day"]] -= 2 * row["taken_back"]
    counters = Counter(late.filter(IS_COUNTER).select("day", "meter").iter_rows())
    for (day, _), count in counters.items():
        shown[day] += 2 * count  # the entry that each takes back is shown with it
    days = {day: entries for day, entries in shown.items() if entries}
    kept = {day: entries for day, entries in days.items() if is_kept(day, today)}
    users = {row["number"]: row["name"] for row in rows(queries.USER_NAMES, **asked)}
    too_old = len(days) - len(kept)
    return Itemised(
        store, order, meters, users, kept, until, too_old, invoiced, late.height, recorded, counters
    )


def _late_entries(
    store: UsageStore,
    rows: Rows,
    order: str,
    days: Iterable[date],
    invoiced: int | None,
    until: int,
) -> pl.DataFrame:
    """What stands of an order's entries of some days that came after an invoice."""
    frames = [unpack_pages([])]
    if invoiced is not None:
        sheets = [sheet_id(order, day) for day in days]
        pages = store.pages_since(rows, sheets, invoiced, until)
        frames += [unpack_pages([page]).filter(pl.col("order") == order) for page, _ in pages]
    day = pl.col("sheet").str.head(10).str.to_date()
    return standing(pl.concat(frames)).with_columns(day=day)


class _PageTimes:
    """How many entries each second of a day has, and from when to when each page has any."""

    def __init__(self) -> None:
        self.by_second = np.zeros(LONGEST_DAY, dtype=np.int64)
        self._spans: list[tuple[int, int, int]] = []

    def add(self, version: int, times: np.ndarray) -> None:
        """Counts the entries of a page; their times begin with the day."""
        if len(times):
            self.by_second += np.bincount(times // SECOND, minlength=LONGEST_DAY)
            self._spans.append((version, int(times[0]), int(times[-1])))

    def between(self, start: int, end: int) -> list[int]:
        """The pages that have entries from one time to another."""
        return [version for version, first, last in self._spans if first < end and last >= start]


def cut(by_second: np.ndarray, most: int) -> Iterator[tuple[int, int]]:
    """Cuts a day where its entries reach ``most``; a second with more of them stays whole."""
    reached = np.cumsum(by_second)
    start, before = 0, 0
    while before < reached[-1]:
        end = max(start + 1, int(np.searchsorted(reached, before + most, side="right")))
        if reached[end - 1] > before:
            yield start * SECOND, end * SECOND
        start, before = end, int(reached[end - 1])


def _microseconds(day: date) -> int:
    return int(start_of(day).timestamp()) * SECOND


def _with_pages(pages: Iterable[Page], late: frozenset[int]) -> pl.DataFrame:
    """The entries of some pages, each with what its page knows."""
    own = list(pages)
    counts = [page.entries for page in own]
    known = pl.DataFrame(
        {
            "recorded": [page.received_at for page in own],
            "late": [page.originator_version in late for page in own],
            "amendment": [amendment_of(page) for page in own],
        },
        schema={
            "recorded": pl.Datetime("us", "UTC"),
            "late": pl.Boolean,
            "amendment": pl.String,
        },
    )
    return unpack_pages(own).hstack(known[np.repeat(np.arange(len(own)), counts)])
