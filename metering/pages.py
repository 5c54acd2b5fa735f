"""Pages: the entries that a batch brought to a sheet, in packed columns; one event each.

They are packed by `metering.packing`, and read here: many at once, in columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import polars as pl

from metering.entries import UTC_MICROSECONDS, Columns

GROUP_ENTRIES = 250_000
UUID_BYTES = 16
INTEGERS = tuple(
    (kind, int(np.iinfo(kind).min), int(np.iinfo(kind).max)) for kind in ("i1", "i2", "i4", "i8")
)
"""The types of packed numbers, with the least and the greatest that each holds."""

SHEET_ENTRIES: Columns = {
    "sheet": pl.String,
    "order": pl.String,
    "source": pl.String,
    "id": pl.Binary,
    "meter": pl.String,
    "at": UTC_MICROSECONDS,
    "quantity": pl.Int64,
    "user": pl.Int64,
    "attributes": pl.String,
    "amends": pl.Int64,
}
"""The columns of recorded entries: ids packed, users by their number, and the sheet they are in.

``amends`` is 0 for an event as it came, -1 for a counter-entry, which takes one back, and 1 for an
entry that an amendment puts in its place.
"""

NAMED = ("order", "source", "meter")
"""The columns of few names: a page holds each name once, and positions."""

Numbers = list[object]
"""Packed whole numbers: the first of them, a type and the bytes of the others."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """The entries of one batch in one sheet, sorted by order and time.

    ``names`` are those of orders, sources and meters, ``columns`` the positions in them. ``at`` are
    microseconds since the entry before. ``id_lengths`` is empty where every id is a UUID.
    """

    originator_id: str
    originator_version: int
    received_at: datetime
    entries: int
    names: dict[str, list[str]]
    columns: dict[str, Numbers]
    at: Numbers
    quantity: Numbers
    user: Numbers
    ids: bytes
    id_lengths: Numbers = field(default_factory=list)
    attributes: str = ""


@dataclass(frozen=True, kw_only=True)
class AmendingPage(Page):
    """The entries of one sheet that an amendment takes back, or those that it puts in their place.

    ``amends`` is -1 or 1, for all of them. ``by`` whom, and for what ``reason``; ``asked`` is what
    was asked for, as JSON. A counter-entry repeats its entry with the quantity negated, so whatever
    adds up is right without knowing of amendments.
    """

    amendment: str
    kind: str
    by: str
    reason: str
    asked: str
    amends: int


def amends(page: Page) -> int:
    """What the entries of a page are to those before them, as in the column of the same name."""
    return page.amends if isinstance(page, AmendingPage) else 0


def amendment_of(page: Page) -> str | None:
    """The amendment that a page belongs to, if it does."""
    return page.amendment if isinstance(page, AmendingPage) else None


def runs(column: pl.Series) -> Iterator[tuple[str, int]]:
    """The values of a sorted column, each with how often it stands there."""
    return column.rle().struct.unnest().select("value", "len").iter_rows()


def as_names(column: pl.Series) -> pl.Series:
    """A column of few names, each kept once in order, so that it sorts and groups as numbers do."""
    if isinstance(column.dtype, pl.Enum):
        return column
    return column.cast(pl.Enum(column.unique().sort()))


def names_of(column: pl.Series) -> list[str]:
    """The names of a column that keeps each once, in order."""
    assert isinstance(column.dtype, pl.Enum)
    return column.dtype.categories.to_list()


def _unpacked(packed: Sequence[object], count: int) -> np.ndarray:
    first, kind, rest = packed
    numbers = np.full(count, first, dtype=np.int64)
    if kind:
        numbers[1:] = np.frombuffer(rest, dtype=f"<{kind}")  # type: ignore[call-overload]
    return numbers


def unpack_pages(pages: Iterable[Page]) -> pl.DataFrame:
    """The entries of some pages as they were packed, page after page."""
    own = list(pages)
    if not own:
        return pl.DataFrame(schema=SHEET_ENTRIES)
    counts = [page.entries for page in own]
    sheets = pl.Series([page.originator_id for page in own], dtype=pl.String)
    rest: dict[str, pl.Series | np.ndarray] = {
        "sheet": sheets.gather(np.repeat(np.arange(len(own)), counts)),
        "meter": _named_column(own, "meter"),
        "at": np.concatenate([np.cumsum(_unpacked(page.at, page.entries)) for page in own]),
        "quantity": np.concatenate([_unpacked(page.quantity, page.entries) for page in own]),
        "user": np.concatenate([_unpacked(page.user, page.entries) for page in own]),
        "attributes": pl.Series(list(_attributes(own)), dtype=pl.String),
        "amends": np.repeat(list(map(amends, own)), counts),
    }
    return (
        identities(own)
        .with_columns(**rest)
        .select(pl.col(name).cast(dtype) for name, dtype in SHEET_ENTRIES.items())
    )


def identities(pages: Sequence[Page]) -> pl.DataFrame:
    """Order, source and id of the entries of some pages, page after page."""
    names = {name: _named_column(pages, name) for name in ("order", "source")}
    return pl.DataFrame({**names, "id": _ids(pages)})


def times_of(page: Page, order: str) -> np.ndarray:
    """When the entries of an order in a page were used, in microseconds, in order."""
    if order not in page.names["order"]:
        return np.array([], dtype=np.int64)
    place = page.names["order"].index(order)
    own = _unpacked(page.columns["order"], page.entries) == place
    return np.asarray(np.cumsum(_unpacked(page.at, page.entries))[own])


def _named_column(pages: Sequence[Page], name: str) -> pl.Series:
    vocabulary: dict[str, int] = {}
    parts = []
    for page in pages:
        places = [vocabulary.setdefault(own, len(vocabulary)) for own in page.names[name]]
        parts.append(np.array(places)[_unpacked(page.columns[name], page.entries)])
    return pl.Series(list(vocabulary), dtype=pl.String).gather(np.concatenate(parts))


def _ids(pages: Sequence[Page]) -> pl.Series:
    blob = b"".join(page.ids for page in pages)
    if not any(page.id_lengths for page in pages):
        rows = np.frombuffer(blob, np.uint8).reshape(-1, UUID_BYTES)
        return pl.Series(rows).cast(pl.List(pl.UInt8)).cast(pl.Binary)
    ends = np.cumsum(np.concatenate([_lengths(page) for page in pages])).tolist()
    slices = [blob[a:b] for a, b in zip([0, *ends], ends, strict=False)]
    return pl.Series(slices, dtype=pl.Binary)


def _lengths(page: Page) -> np.ndarray:
    if page.id_lengths:
        return _unpacked(page.id_lengths, page.entries)
    return np.full(page.entries, UUID_BYTES, dtype=np.int64)


def _attributes(pages: list[Page]) -> Iterator[str]:
    for page in pages:
        if page.attributes:
            yield from page.attributes.split("\n")
        else:
            yield from [""] * page.entries


def in_groups(pages: Iterable[Page], most: int = GROUP_ENTRIES) -> Iterator[list[Page]]:
    """Pages a group at a time, so that frames of them stay of bounded size."""
    group: list[Page] = []
    entries = 0
    for page in pages:
        group.append(page)
        entries += page.entries
        if entries >= most:
            yield group
            group, entries = [], 0
    if group:
        yield group
