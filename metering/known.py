"""Which identities a sheet already holds, remembered between batches as 64-bit numbers.

A number that is not among them proves that an entry is new; one that is proves nothing, and the
full identities in the pages that hold it decide. What is remembered only ever follows the record:
a sheet that others have added to costs no more than what they have added.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from metering.pages import Page, identities, in_groups
from metering.sheets import identity_hash

MOST_NUMBERS = 16_000_000

PagesAfter = Callable[[Mapping[str, int]], Iterator[Page]]
"""Reads the pages that come after the given version of each sheet, in order."""


@dataclass(frozen=True, slots=True)
class Run:
    """Numbers in order, and the page that each stands for."""

    numbers: np.ndarray
    pages: np.ndarray

    def pages_of(self, numbers: np.ndarray) -> list[int]:
        """The pages of any of some numbers; a number may stand for several."""
        first = np.searchsorted(self.numbers, numbers)
        counts = np.searchsorted(self.numbers, numbers, side="right") - first
        others = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        pages: list[int] = np.unique(self.pages[np.repeat(first, counts) + others]).tolist()
        return pages

    def joined(self, other: Run) -> Run:
        """Both runs as one."""
        numbers = np.concatenate([self.numbers, other.numbers])
        pages = np.concatenate([self.pages, other.pages])
        order = np.argsort(numbers, kind="stable")
        return Run(numbers[order], pages[order])


@dataclass(slots=True)
class KnownSheet:
    """A sheet as it was last seen: its pages, and a number for each identity in it.

    Each run is much longer than the one after it, so there are few, and adding to a long sheet does
    not touch all of it.
    """

    version: int = 0
    runs: list[Run] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(run.numbers) for run in self.runs)

    def add(self, version: int, numbers: np.ndarray) -> None:
        """Remembers the numbers of the sheet's next page."""
        own = np.sort(numbers)
        self.runs.append(Run(own, np.full(len(own), version, dtype=np.int32)))
        while len(self.runs) > 1 and len(self.runs[-2].numbers) < 4 * len(self.runs[-1].numbers):
            last = self.runs.pop()
            self.runs.append(self.runs.pop().joined(last))
        self.version = version

    def holds(self, numbers: np.ndarray) -> np.ndarray:
        """Which of some numbers the sheet knows."""
        held = np.zeros(len(numbers), dtype=np.bool_)
        for run in self.runs:
            places = np.searchsorted(run.numbers, numbers)
            held |= run.numbers[np.minimum(places, len(run.numbers) - 1)] == numbers
        return held

    def pages_of(self, numbers: np.ndarray) -> set[int]:
        """The versions of the pages that hold any of some numbers."""
        return {page for run in self.runs for page in run.pages_of(numbers)}


class KnownSheets:
    """The sheets a process has met, the least recently met forgotten first."""

    def __init__(self, most: int = MOST_NUMBERS) -> None:
        self._most = most
        self._sheets: OrderedDict[str, KnownSheet] = OrderedDict()
        self._total = 0

    def __getitem__(self, sheet: str) -> KnownSheet:
        return self._sheets[sheet]

    def follow(self, sheets: Iterable[str], pages_after: PagesAfter) -> bool:
        """Reads what has been added to some sheets since they were met; says if there was any."""
        seen: dict[str, int] = {}
        for sheet in sheets:
            self._sheets.setdefault(sheet, KnownSheet())
            self._sheets.move_to_end(sheet)
            seen[sheet] = self._sheets[sheet].version
        found = False
        for pages in in_groups(pages_after(seen)):
            found = True
            numbers = identities(pages).select(identity_hash()).to_series()
            self.add(pages, numbers.to_numpy())
        return found

    def add(self, pages: Iterable[Page], numbers: np.ndarray) -> None:
        """Remembers the entries of pages, whose numbers follow each other."""
        start = 0
        for page in pages:
            own = numbers[start : start + page.entries]
            self._sheets[page.originator_id].add(page.originator_version, own)
            start += page.entries
        self._total += start

    def trim(self) -> None:
        """Forgets the sheets met longest ago, until what is remembered is small enough.

        Only between batches: a batch counts on what it has met.
        """
        while self._total > self._most and len(self._sheets) > 1:
            self._total -= len(self._sheets.popitem(last=False)[1])
