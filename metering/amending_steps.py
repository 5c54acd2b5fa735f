"""What an amendment does to one sheet: the entries that it takes back, and those that it puts in.

`AllWithin` voids whatever stands within a filter; `Named` amends events that are named one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

import polars as pl

from metering import queries
from metering.amendments import OneEvent, Within
from metering.entries import Columns, packed_id
from metering.pages import SHEET_ENTRIES
from metering.problems import Problem
from metering.sheets import CONTENT, IDENTITY, SHARDS, identity_hash, sheet_day, sheet_id
from metering.standing import standing
from metering.store import UsageStore

NO_ENTRIES = pl.DataFrame(schema=SHEET_ENTRIES)
NONE_GIVEN = pl.DataFrame(schema={**SHEET_ENTRIES, "place": pl.Int64})
IDENTITIES = list(IDENTITY)


@dataclass(frozen=True, slots=True)
class Step:
    """The entries of a sheet that are taken back, and those that are put in.

    ``unchanged`` counts those that are already as they shall be.
    """

    takes: pl.DataFrame
    gives: pl.DataFrame
    unchanged: int = 0
    problems: tuple[Problem, ...] = ()


class Work(Protocol):
    """What is asked for, told sheet by sheet."""

    @property
    def asked(self) -> Mapping[str, Any]:
        """What is asked for, as plain data."""

    @property
    def wanted(self) -> pl.Expr:
        """Which recorded entries it must look at."""

    def sheets(self, store: UsageStore) -> list[str]:
        """The sheets that it may change."""

    def step(self, sheet: str, recorded: pl.DataFrame) -> Step:
        """What it does to a sheet; ``recorded`` are its wanted entries, as they were recorded."""


@dataclass(frozen=True, slots=True)
class AllWithin:
    """Voids every entry within a filter."""

    within: Within

    @property
    def asked(self) -> Mapping[str, Any]:
        return self.within.asked

    @property
    def wanted(self) -> pl.Expr:
        return self.within.wanted

    def sheets(self, store: UsageStore) -> list[str]:
        (first, last), order = self.within.days, self.within.order
        rows = store.rows(queries.USED_DAYS, first=first, last=last, order=order)
        names = [name for row in rows for name in sheets_of(row["day"], order)]
        return [row["sheet"] for row in store.rows(queries.SHEETS_WITH_PAGES, names)]

    def step(self, sheet: str, recorded: pl.DataFrame) -> Step:
        return Step(standing(recorded), NO_ENTRIES)


def sheets_of(day: date, order: str | None) -> list[str]:
    """The sheets of a day: the one with an order's entries, or all."""
    if order is not None:
        return [sheet_id(order, day)]
    return [f"{day.isoformat()}/{shard:02}" for shard in range(SHARDS)]


TARGETS: Columns = {
    "place": pl.Int64,
    "sheet": pl.String,
    "order": pl.String,
    "source": pl.String,
    "id": pl.String,
}


@dataclass(frozen=True, slots=True)
class Named:
    """Amends events that are named by their identities, each by its ``place``.

    ``gives`` are the entries in their place, if any; ``paths`` says where each was named.
    """

    asked: Mapping[str, Any]
    targets: pl.DataFrame
    paths: Sequence[str]
    gives: pl.DataFrame = field(default_factory=lambda: NONE_GIVEN)

    @property
    def wanted(self) -> pl.Expr:
        named = pl.concat([self.targets.select(IDENTITIES), self.gives.select(IDENTITIES)])
        return identity_hash().is_in(named.select(identity_hash()).to_series().implode())

    def sheets(self, store: UsageStore) -> list[str]:
        return sorted({*self.targets["sheet"], *self.gives["sheet"]})

    def step(self, sheet: str, recorded: pl.DataFrame) -> Step:
        targets, gives = (
            own.filter(pl.col("sheet") == sheet) for own in (self.targets, self.gives)
        )
        stands = standing(recorded)
        found = targets.join(stands, on=IDENTITIES, how="inner", maintain_order="left")
        key = ["place", *IDENTITIES, *CONTENT]
        same = found.join(gives.select(key), on=key, how="semi")["place"].implode()
        amended, given = (own.filter(~pl.col("place").is_in(same)) for own in (found, gives))
        takes = stands.join(amended, on=IDENTITIES, how="semi", maintain_order="left")
        left = stands.join(amended, on=IDENTITIES, how="anti")
        problems = [
            *self._missing(targets.join(found, on="place", how="anti"), recorded),
            *self._other_meter(amended),
            *self._occupied(given.join(left, on=IDENTITIES, how="semi")),
        ]
        own = given.select(*SHEET_ENTRIES)
        return Step(takes, own, found.height - amended.height, tuple(problems))

    def _missing(self, missing: pl.DataFrame, recorded: pl.DataFrame) -> Iterator[Problem]:
        """Events that are not there, or no more."""
        gone = missing.join(recorded, on=IDENTITIES, how="semi")["place"].to_list()
        for place, sheet, order in missing.select("place", "sheet", "order").iter_rows():
            if place in gone:
                message = (
                    "this event was voided, or moved to another day, before: amend the entry that "
                    f"stands; `licznik usage amendments --order {order}` lists what was done"
                )
                yield Problem("already_amended", self.paths[place], message)
            else:
                message = (
                    f"order {order} has no event of this source and id on {sheet_day(sheet)}: "
                    "correct the order, the source, the id or the day"
                )
                yield Problem("unknown_event", self.paths[place], message)

    def _other_meter(self, found: pl.DataFrame) -> Iterator[Problem]:
        now = self.gives.select("place", now="meter")
        changed = found.join(now, on="place").filter(pl.col("meter") != pl.col("now"))
        for place, meter, now_meter in changed.select("place", "meter", "now").iter_rows():
            message = (
                f"the event was of {meter}, not of {now_meter}: void it, and record another event "
                "with an id of its own"
            )
            yield Problem("other_meter", self.paths[place], message)

    def _occupied(self, given: pl.DataFrame) -> Iterator[Problem]:
        for place, sheet in given.select("place", "sheet").iter_rows():
            message = (
                f"on {sheet_day(sheet)} another event of this source and id stands: "
                "void one of the two, and record it again with an id of its own"
            )
            yield Problem("id_conflict", self.paths[place], message)


def targets(events: Iterable[OneEvent]) -> pl.DataFrame:
    """Identities of events, as columns."""
    rows = [
        (place, sheet_id(one.order, one.day), one.order, one.source, one.id)
        for place, one in enumerate(events)
    ]
    return pl.DataFrame(rows, schema=TARGETS, orient="row").with_columns(id=packed_id())
