"""The single uses of orders that are asked about again and again: what is known is not read again.

Rating must know when something was used, but only as far as a pack begins or ends between two uses,
or another meter takes from the same packs between them. So the uses of a day come as runs: however
many messages a campaign sent in one go, they are one use at the time of the last of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

import polars as pl

from metering.entries import UTC_MICROSECONDS
from metering.meters import Meter
from metering.pages import SHEET_ENTRIES, Page, in_groups, unpack_pages
from metering.sheets import IDENTITY, sheet_id
from metering.standing import standing
from metering.usage import Use

MOST_ENTRIES = 1_000_000
"""So many entries are remembered; the sheets that were looked at longest ago are read again."""

PagesAfter = Callable[[Mapping[str, int]], Iterable[Page]]
"""The pages of some sheets after the version that was seen of each."""

KEPT = ("sheet", *IDENTITY, "meter", "at", "quantity", "amends")
NO_ENTRIES = pl.DataFrame(schema=SHEET_ENTRIES).select(KEPT)


@dataclass
class Day:
    """What an order used of some meters on a day, as of a version of its sheet.

    ``known`` are its runs between the edges for which they were asked last.
    """

    version: int = 0
    entries: pl.DataFrame = field(default_factory=NO_ENTRIES.clone)
    known: dict[tuple[datetime, ...], tuple[Use, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return self.entries.height

    def grown(self, version: int, more: pl.DataFrame | None) -> Day:
        """The day with what further pages say, if they say anything of the order."""
        if more is None:
            return replace(self, version=version)
        return Day(version, pl.concat([self.entries, more]))

    def runs(self, meters: Mapping[str, Meter], edges: Iterable[datetime]) -> tuple[Use, ...]:
        """The day's uses, see `in_runs`."""
        if not self.entries.height:
            return ()
        first, last = self.entries.select(first=pl.col("at").min(), last=pl.col("at").max()).row(0)
        within = tuple(sorted(edge for edge in edges if first < edge <= last))
        if within not in self.known:
            self.known = {within: tuple(in_runs(self.entries, meters, within))}
        return self.known[within]


class RecentUses:
    """Follows the days of orders in the record. One thread at a time may use it."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._entries = 0
        self._days: OrderedDict[tuple[str, tuple[str, ...], str], Day] = OrderedDict()

    def follow(
        self, order: str, days: Iterable[date], meters: Iterable[str], pages_after: PagesAfter
    ) -> list[Day]:
        """Some days of an order as they are now, in their order; its pages are read once."""
        wanted = tuple(meters)
        keys = {sheet: (order, wanted, sheet) for sheet in (sheet_id(order, day) for day in days)}
        own = {sheet: self._days.get(key, Day()) for sheet, key in keys.items()}
        seen = {sheet: day.version for sheet, day in own.items()}
        for pages in in_groups(pages_after(seen)):
            own |= dict(_grown(own, pages, order, wanted))
        for sheet, key in keys.items():
            self._keep(key, own[sheet])
        return list(own.values())

    def _keep(self, key: tuple[str, tuple[str, ...], str], day: Day) -> None:
        before = self._days.pop(key, NO_DAY)
        self._days[key] = day
        self._entries += len(day) - len(before)
        while self._entries > self._most:
            self._entries -= len(self._days.popitem(last=False)[1])


NO_DAY = Day()


def _grown(
    days: Mapping[str, Day], pages: list[Page], order: str, meters: tuple[str, ...]
) -> Iterator[tuple[str, Day]]:
    """The days of some sheets with what further pages of them say of an order."""
    mine = (pl.col("order") == order) & pl.col("meter").is_in(meters)
    entries = unpack_pages(pages).filter(mine).select(KEPT)
    more = entries.partition_by("sheet", as_dict=True)
    for sheet, version in {page.originator_id: page.originator_version for page in pages}.items():
        yield sheet, days[sheet].grown(version, more.get((sheet,)))


def in_runs(
    entries: pl.DataFrame, meters: Mapping[str, Meter], edges: Iterable[datetime]
) -> Iterator[Use]:
    """The uses that stand, those of one meter that follow each other between two edges as one.

    They come in order of time, and of one instant in the order of ``meters``; a run is dated when
    it ends. What happens at an edge belongs to what follows it.
    """
    turns = pl.col("meter").cast(pl.Enum(list(meters)))
    ordered = standing(entries).with_columns(turns).sort("at", "meter", maintain_order=True)
    parts = pl.Series(list(edges), dtype=UTC_MICROSECONDS).search_sorted(ordered["at"], "right")
    runs = ordered.with_columns(run=pl.struct("meter", parts.alias("part")).rle_id())
    sums = runs.group_by("run", maintain_order=True).agg(
        pl.col("meter").first(), pl.col("at").last(), pl.col("quantity").sum()
    )
    for _, meter, at, quantity in sums.iter_rows():
        yield Use(meter, at, Decimal(quantity).scaleb(-meters[meter].decimals))
