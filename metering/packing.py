"""Packing: a batch of entries, in order, becomes the pages of its sheets.

All pages of a batch are packed at once, in columns: a page costs little more than its bytes, so
that small batches for many sheets cost hardly more than large ones for few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import numpy as np
import polars as pl

from metering.pages import (
    INTEGERS,
    NAMED,
    UUID_BYTES,
    Numbers,
    Page,
    as_names,
    names_of,
    runs,
)

MAX_PAGE_ENTRIES = 50_000


def pack_pages(entries: pl.DataFrame, received_at: datetime) -> list[Page]:
    """Packs entries, sorted by sheet, order and time, into pages; each sheet's begin with 1."""
    if entries.height == 0:
        return []
    places, lengths = zip(*_places(entries["sheet"]), strict=True)
    ends = np.cumsum(lengths)
    batch = _Batch(entries, ends - lengths, ends)
    return [
        batch.page(number, sheet, version, received_at)
        for number, (sheet, version) in enumerate(places)
    ]


def _places(sheets: pl.Series) -> Iterator[tuple[tuple[str, int], int]]:
    """The sheet and version of each page, and how many entries it gets."""
    for sheet, count in runs(sheets):
        for version, first in enumerate(range(0, count, MAX_PAGE_ENTRIES), 1):
            yield (sheet, version), min(MAX_PAGE_ENTRIES, count - first)


class _Batch:
    """A batch's columns, cut into pages that begin at ``starts`` and end before ``ends``."""

    def __init__(self, entries: pl.DataFrame, starts: np.ndarray, ends: np.ndarray) -> None:
        self._cuts = list(zip(starts.tolist(), ends.tolist(), strict=True))
        at = entries["at"].to_physical().to_numpy()
        since = np.diff(at, prepend=np.int64(0))
        since[starts] = at[starts]
        self._since = _Numbers(since, starts, ends)
        self._quantity = _Numbers(entries["quantity"].to_numpy(), starts, ends)
        self._user = _Numbers(entries["user"].to_numpy(), starts, ends)
        self._named = {name: _Named(entries[name], starts, ends) for name in NAMED}
        self._ids = _Bytes(entries["id"])
        self._lengths = _Numbers(self._ids.lengths, starts, ends)
        has_attributes = bool((entries["attributes"] != "").any())
        self._attributes = _Bytes(entries["attributes"] + "\n") if has_attributes else None

    def page(self, number: int, sheet: str, version: int, received_at: datetime) -> Page:
        """One of the pages."""
        a, b = self._cuts[number]
        lengths = self._lengths.page(number)
        return Page(
            originator_id=sheet,
            originator_version=version,
            received_at=received_at,
            entries=b - a,
            names={name: own.names(number) for name, own in self._named.items()},
            columns={name: own.places.page(number) for name, own in self._named.items()},
            at=self._since.page(number),
            quantity=self._quantity.page(number),
            user=self._user.page(number),
            ids=self._ids.between(a, b),
            id_lengths=[] if lengths == ALL_UUIDS else lengths,
            attributes=self._texts(a, b),
        )

    def _texts(self, a: int, b: int) -> str:
        """The attributes of entries, one a line; empty where all of them are."""
        if self._attributes is None:
            return ""
        own = self._attributes.between(a, b)[:-1].decode()
        return own if own.strip("\n") else ""


class _Numbers:
    """A column of whole numbers, in each page in the smallest type that fits.

    The first number of a page stands by itself, and alone where all others are equal to it.
    """

    def __init__(self, numbers: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> None:
        self._first = numbers[starts].tolist()
        self._cuts = list(zip((starts + 1).tolist(), ends.tolist(), strict=True))
        others = numbers.astype(np.int64)
        others[starts] = numbers[np.minimum(starts + 1, ends - 1)]
        low, high = np.minimum.reduceat(others, starts), np.maximum.reduceat(others, starts)
        fits = [(least <= low) & (high <= most) for _, least, most in INTEGERS]
        are_equal = (low == high) & (low == numbers[starts])
        self._kinds: list[str] = np.where(are_equal, "", np.select(fits, KINDS, "")).tolist()
        kinds = {*self._kinds} - {""}
        self._bytes = {kind: others.astype(f"<{kind}").tobytes() for kind in kinds}

    def page(self, number: int) -> Numbers:
        """The numbers of a page, packed."""
        kind = self._kinds[number]
        if not kind:
            return [self._first[number], "", b""]
        width, (a, b) = int(kind[1:]), self._cuts[number]
        return [self._first[number], kind, self._bytes[kind][a * width : b * width]]


class _Named:
    """A column of few names: each page holds its own names once, and ``places`` among them."""

    def __init__(self, column: pl.Series, starts: np.ndarray, ends: np.ndarray) -> None:
        own = as_names(column)
        self._all = names_of(own)
        pages = np.repeat(np.arange(len(starts)), ends - starts)
        keys = pages * len(self._all) + own.to_physical().to_numpy()
        present, places = np.unique(keys, return_inverse=True)
        self._present: Sequence[int] = (present % len(self._all)).tolist()
        begins = np.searchsorted(present, np.arange(len(starts) + 1) * len(self._all))
        self._begins: Sequence[int] = begins.tolist()
        self.places = _Numbers(places - begins[pages], starts, ends)

    def names(self, number: int) -> list[str]:
        """The names in a page."""
        a, b = self._begins[number], self._begins[number + 1]
        return [self._all[place] for place in self._present[a:b]]


class _Bytes:
    """The values of a column of bytes or text, one after the other."""

    def __init__(self, column: pl.Series) -> None:
        own = column.cast(pl.Binary)
        self.lengths = own.bin.size().to_numpy().astype(np.int64)
        self._ends = np.append(0, np.cumsum(self.lengths)).tolist()
        self._bytes = own.cast(pl.List(pl.UInt8)).explode().to_numpy().tobytes()

    def between(self, a: int, b: int) -> bytes:
        """The bytes of the values from ``a`` up to, not including, ``b``."""
        return self._bytes[self._ends[a] : self._ends[b]]


KINDS = [kind for kind, _, _ in INTEGERS]
ALL_UUIDS: Numbers = [UUID_BYTES, "", b""]
