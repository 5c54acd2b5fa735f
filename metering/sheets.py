"""Day sheets: the record of usage, one stream of pages for each local day and shard of orders.

A page is one event of the library: the entries that one batch brought to a sheet, in packed columns.
Orders share the sheets of their shard, so that a long tail of small orders costs no more than a few
large ones. A usage event is identified by its order, local day, source and id, and each of them
decides the sheet or stands in it, so the sheet alone can tell a repeat (contract, section 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np
import polars as pl

from metering.entries import UTC_MICROSECONDS, shard_of

SHARDS = 64
MAX_PAGE_ENTRIES = 50_000

SHEET_ENTRIES = pl.Schema(
    {
        "order": pl.String,
        "source": pl.String,
        "id": pl.Binary,
        "meter": pl.String,
        "at": UTC_MICROSECONDS,
        "quantity": pl.Int64,
        "user": pl.Int64,
        "attributes": pl.String,
    }
)
"""A sheet's columns: ids packed, users by their number."""

IDENTITY = ("order", "source", "id")
CONTENT = ("meter", "at", "quantity", "user", "attributes")


@dataclass(frozen=True, kw_only=True)
class Page:
    """The entries of one batch in one sheet, sorted by order and time.

    The names of orders, sources and meters stand once, the columns hold their positions. Times are
    microseconds since the one before. Every column of numbers is in the smallest type that holds it.
    """

    originator_id: str
    originator_version: int
    received_at: datetime
    entries: int
    orders: list[str]
    order: list[object]
    sources: list[str]
    source: list[object]
    meters: list[str]
    meter: list[object]
    at: list[object]
    quantity: list[object]
    user: list[object]
    ids: bytes
    id_lengths: list[object] = field(default_factory=list)
    attributes: str = ""


def sheet_id(order: str, day: date) -> str:
    """The name of the sheet that holds an order's entries of a local day."""
    return f"{day.isoformat()}/{shard_of(order, SHARDS):02}"


def sheet_day(sheet: str) -> date:
    """The local day of a sheet."""
    return date.fromisoformat(sheet.partition("/")[0])


def make_pages(
    sheet: str, entries: pl.DataFrame, after: int, received_at: datetime
) -> Iterator[Page]:
    """Packs new entries of a sheet into the pages that follow version ``after``."""
    entries = entries.sort("order", "at", maintain_order=True)
    for number, start in enumerate(range(0, entries.height, MAX_PAGE_ENTRIES), after + 1):
        yield _page(sheet, number, entries[start : start + MAX_PAGE_ENTRIES], received_at)


def _page(sheet: str, version: int, entries: pl.DataFrame, received_at: datetime) -> Page:
    orders, order = _positions(entries["order"])
    sources, source = _positions(entries["source"])
    meters, meter = _positions(entries["meter"])
    ids = entries["id"].to_list()
    lengths = np.fromiter(map(len, ids), dtype=np.int64, count=len(ids))
    has_attributes = bool((entries["attributes"] != "").any())
    instants = entries["at"].to_physical().to_numpy()
    return Page(
        originator_id=sheet,
        originator_version=version,
        received_at=received_at,
        entries=entries.height,
        orders=orders,
        order=order,
        sources=sources,
        source=source,
        meters=meters,
        meter=meter,
        at=_packed(np.diff(instants, prepend=np.int64(0))),
        quantity=_packed(entries["quantity"].to_numpy()),
        user=_packed(entries["user"].to_numpy()),
        ids=b"".join(ids),
        id_lengths=[] if (lengths == 16).all() else _packed(lengths),
        attributes="\n".join(entries["attributes"]) if has_attributes else "",
    )


def _positions(column: pl.Series) -> tuple[list[str], list[object]]:
    names, positions = np.unique(column.to_numpy(), return_inverse=True)
    return [str(name) for name in names], _packed(positions)


def _packed(numbers: np.ndarray) -> list[object]:
    """Whole numbers as the first of them, a type and bytes; one number alone if all are equal."""
    first = int(numbers[0]) if len(numbers) else 0
    rest = numbers[1:]
    if len(rest) == 0 or (rest == first).all():
        return [first, "", b""]
    low, high = int(rest.min()), int(rest.max())
    kind = next(k for k in ("i1", "i2", "i4", "i8") if _fits(low, high, k))
    return [first, kind, rest.astype(f"<{kind}").tobytes()]


def _fits(low: int, high: int, kind: str) -> bool:
    bounds = np.iinfo(kind)
    return bounds.min <= low and high <= bounds.max


def _unpacked(packed: Sequence[object], count: int) -> np.ndarray:
    first, kind, rest = packed
    numbers = np.full(count, first, dtype=np.int64)
    if kind:
        numbers[1:] = np.frombuffer(rest, dtype=f"<{kind}")  # type: ignore[call-overload]
    return numbers


def page_entries(page: Page) -> pl.DataFrame:
    """The entries of a page, as they were packed."""
    count = page.entries
    return pl.DataFrame(
        {
            "order": _named(page.orders, page.order, count),
            "source": _named(page.sources, page.source, count),
            "id": _ids(page),
            "meter": _named(page.meters, page.meter, count),
            "at": np.cumsum(_unpacked(page.at, count)),
            "quantity": _unpacked(page.quantity, count),
            "user": _unpacked(page.user, count),
            "attributes": page.attributes.split("\n") if page.attributes else [""] * count,
        },
        schema_overrides={"id": pl.Binary, "attributes": pl.String},
    ).cast(dict(SHEET_ENTRIES))


def _named(names: list[str], positions: list[object], count: int) -> pl.Series:
    return pl.Series(names, dtype=pl.String).gather(_unpacked(positions, count))


def _ids(page: Page) -> list[bytes]:
    lengths = (
        _unpacked(page.id_lengths, page.entries) if page.id_lengths else np.full(page.entries, 16)
    )
    ends = np.cumsum(lengths).tolist()
    return [page.ids[a:b] for a, b in zip([0, *ends], ends, strict=False)]


def sheet_entries(pages: Iterable[Page]) -> pl.DataFrame:
    """The entries of some pages of a sheet, in the order in which they were recorded."""
    frames = [page_entries(page) for page in pages]
    return pl.concat(frames) if frames else pl.DataFrame(schema=SHEET_ENTRIES)


def identity_hash() -> pl.Expr:
    """A 64-bit number that two entries of one identity share; within this process only."""
    return pl.struct(IDENTITY).hash(seed=0)


@dataclass(frozen=True, slots=True)
class Sifted:
    """A batch's entries of some sheets: new ones, repeats, and those that contradict another."""

    new: pl.DataFrame
    duplicates: int
    conflicts: pl.DataFrame


def sift(batch: pl.DataFrame, recorded: pl.DataFrame) -> Sifted:
    """Tells new entries from repeats, by full identity and content.

    ``batch`` has the columns of a sheet, ``sheet`` and ``line``; ``recorded`` the columns of a sheet
    and ``sheet``. The first entry of an identity counts; a later one with the same content is a
    duplicate, which is a success, and one with other content is a conflict.
    """
    key = ["sheet", *IDENTITY]
    columns = [*key, *CONTENT, "line"]
    known = recorded.with_columns(line=pl.lit(-1, pl.Int64)).select(columns)
    first = pl.concat([known, batch.select(columns)]).unique(key, keep="first", maintain_order=True)
    compared = batch.join(first, on=key, how="left", suffix="_first", maintain_order="left")
    is_first = pl.col("line") == pl.col("line_first")
    repeats = compared.filter(~is_first)
    same = pl.all_horizontal(pl.col(name) == pl.col(f"{name}_first") for name in CONTENT)
    return Sifted(
        new=compared.filter(is_first).select(batch.columns),
        duplicates=repeats.select(same.sum()).item(),
        conflicts=repeats.filter(~same).select(batch.columns),
    )
