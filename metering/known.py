"""Which identities a sheet already holds, remembered between batches as 64-bit numbers.

A number that is not among them proves that an entry is new; one that is proves nothing, and the
full identities decide.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from metering.sheets import Page, identity_hash, sheet_entries
from metering.store import UsageStore

MOST_NUMBERS = 8_000_000


@dataclass(frozen=True, slots=True)
class KnownSheet:
    """A sheet as it was last seen: its pages, and a number for each identity in it."""

    version: int
    numbers: pl.Series


EMPTY = KnownSheet(0, pl.Series(dtype=pl.UInt64))


class KnownSheets:
    """The sheets a process has met, the least recently met forgotten first."""

    def __init__(self, store: UsageStore, most: int = MOST_NUMBERS) -> None:
        self._store = store
        self._most = most
        self._sheets: OrderedDict[str, KnownSheet] = OrderedDict()

    def meet(self, sheets: Iterable[str]) -> dict[str, KnownSheet]:
        """The state of some sheets, read from the store where it is not remembered."""
        wanted = list(sheets)
        missing = [sheet for sheet in wanted if sheet not in self._sheets]
        recorded = self._store.versions(missing) if missing else {}
        pages: dict[str, list[Page]] = {sheet: [] for sheet in recorded}
        for page in self._store.pages(recorded) if recorded else ():
            pages[page.originator_id].append(page)
        for sheet in missing:
            self._sheets[sheet] = _known(pages[sheet]) if pages.get(sheet) else EMPTY
        return {sheet: self._sheets[sheet] for sheet in wanted}

    def add(self, sheet: str, version: int, numbers: pl.Series) -> None:
        """Remembers what was recorded in a sheet."""
        known = self._sheets.pop(sheet, EMPTY)
        self._sheets[sheet] = KnownSheet(version, pl.concat([known.numbers, numbers]))
        total = sum(len(known.numbers) for known in self._sheets.values())
        while total > self._most and len(self._sheets) > 1:
            total -= len(self._sheets.popitem(last=False)[1].numbers)

    def forget(self, sheets: Iterable[str]) -> None:
        """Forgets sheets that another writer may have changed."""
        for sheet in sheets:
            self._sheets.pop(sheet, None)


def _known(pages: list[Page]) -> KnownSheet:
    numbers = sheet_entries(pages).select(identity_hash()).to_series()
    return KnownSheet(pages[-1].originator_version, numbers)
