"""Which identities a sheet already holds, remembered between batches as 64-bit numbers.

A number that is not among them proves that an entry is new; one that is proves nothing, and the
full identities decide.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from metering.pages import in_groups, runs, unpack_pages
from metering.sheets import identity_hash
from metering.store import UsageStore

MOST_NUMBERS = 16_000_000


@dataclass(frozen=True, slots=True)
class KnownSheet:
    """A sheet as it was last seen: its pages, and a number for each identity in it."""

    version: int
    numbers: np.ndarray


EMPTY = KnownSheet(0, np.array([], dtype=np.uint64))


class KnownSheets:
    """The sheets a process has met, the least recently met forgotten first."""

    def __init__(self, store: UsageStore, most: int = MOST_NUMBERS) -> None:
        self._store = store
        self._most = most
        self._sheets: OrderedDict[str, KnownSheet] = OrderedDict()
        self._total = 0

    def meet(self, sheets: Iterable[str]) -> dict[str, KnownSheet]:
        """The state of some sheets, read from the store where it is not remembered."""
        wanted = list(sheets)
        missing = [sheet for sheet in wanted if sheet not in self._sheets]
        if missing:
            self._read(missing)
        return {sheet: self._sheets.get(sheet, EMPTY) for sheet in wanted}

    def _read(self, sheets: list[str]) -> None:
        for pages in in_groups(self._store.pages(sheets)):
            versions = {page.originator_id: page.originator_version for page in pages}
            self.add(versions, unpack_pages(pages).with_columns(number=identity_hash()))

    def add(self, versions: Mapping[str, int], entries: pl.DataFrame) -> None:
        """Remembers entries that sheets hold, and the version that each has come to."""
        entries = entries.select("sheet", "number").sort("sheet", maintain_order=True)
        numbers, start = entries["number"].to_numpy(), 0
        for sheet, count in runs(entries["sheet"]):
            known = self._sheets.pop(sheet, EMPTY)
            own = numbers[start : start + count]
            joined = np.concatenate([known.numbers, own])
            self._sheets[sheet] = KnownSheet(versions[sheet], joined)
            start += count
        self._total += entries.height

    def trim(self) -> None:
        """Forgets the sheets met longest ago, until what is remembered is small enough.

        Only between batches: a batch counts on what it has met.
        """
        while self._total > self._most and len(self._sheets) > 1:
            self._total -= len(self._sheets.popitem(last=False)[1].numbers)

    def forget(self, sheets: Iterable[str]) -> None:
        """Forgets sheets that another writer may have changed."""
        for sheet in sheets:
            self._total -= len(self._sheets.pop(sheet, EMPTY).numbers)
