"""Rebuilds what is kept of amendments from their pages, and compares it with what is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from metering import queries
from metering.amendments import Kind, amended_rows
from metering.decode import exact_quantity
from metering.meters import Meter
from metering.pages import AmendingPage, Page, unpack_pages
from metering.sheets import sheet_day
from metering.store import UsageStore


@dataclass(frozen=True, slots=True)
class Difference:
    """Something stored that the events do not say. ``where`` names it."""

    where: str
    from_events: str
    stored: str


SAID = ("kind", "by", "reason", "asked")
Counted = tuple[int, int, Decimal]
"""Entries taken back, entries put in, and the difference of quantities."""

Place = tuple[str, date, str]
"""An order, a day and a meter."""


class RebuiltAmendments:
    """Every amendment as its pages tell of it."""

    def __init__(self, meters: Mapping[str, Meter]) -> None:
        self._meters = meters
        self._said: dict[str, dict[str, Any]] = {}
        self._counted: defaultdict[str, dict[Place, Counted]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._said)

    def add(self, pages: Iterable[Page]) -> None:
        """Adds the amending pages among those of a sheet."""
        for page in pages:
            if isinstance(page, AmendingPage):
                said = {name: getattr(page, name) for name in SAID}
                self._said[page.amendment] = {**said, "recorded_at": page.received_at}
                self._count(page)

    def _count(self, page: AmendingPage) -> None:
        entries = unpack_pages([page]).with_columns(day=pl.lit(sheet_day(page.originator_id)))
        counted = self._counted[page.amendment]
        for row in amended_rows(entries).iter_rows(named=True):
            place = (row["order"], row["day"], row["meter"])
            exact = exact_quantity(row["quantity"], self._meters[row["meter"]].decimals)
            taken, put, quantity = counted.get(place, (0, 0, Decimal(0)))
            own = (taken + row["taken_back"], put + row["put_in"], quantity + exact)
            counted[place] = own

    def differences(self, store: UsageStore) -> Iterator[Difference]:
        """What is stored of amendments and is not what their pages say."""
        made = {
            (key, *place): own for key, all_ in self._counted.items() for place, own in all_.items()
        }
        stored = {
            tuple(row[name] for name in _PLACE): tuple(row[name] for name in _COUNTED)
            for row in store.rows(queries.AMENDED, id=None)
        }
        yield from _compared("amended", made, stored)
        kept = {
            (row.pop("id"),): row for row in store.rows(queries.AMENDMENTS, id=None, order=None)
        }
        own = {key: self._row(key) for key in self._said}
        yield from _compared("amendment", {(k,): row for k, row in own.items()}, kept)
        for key, row in own.items():
            if row["kind"] == Kind.REPLACE and row["taken_back"] != row["put_in"]:
                found = f"{row['put_in']} for {row['taken_back']}"
                yield Difference(f"amendment {key}", "one entry for each", found)

    def _row(self, amendment: str) -> dict[str, Any]:
        """The row of an amendment."""
        counted = self._counted[amendment]
        days = [day for _, day, _ in counted]
        return {
            **self._said[amendment],
            "orders": len({order for order, _, _ in counted}),
            "taken_back": sum(taken for taken, _, _ in counted.values()),
            "put_in": sum(put for _, put, _ in counted.values()),
            "first_day": min(days),
            "last_day": max(days),
        }


_PLACE = ("amendment_id", "order_id", "day", "meter")
_COUNTED = ("taken_back", "put_in", "quantity")


def _compared(
    what: str, made: Mapping[Any, Any], stored: Mapping[Any, Any]
) -> Iterator[Difference]:
    for key in {**made, **stored}:
        if made.get(key) != stored.get(key):
            where = f"{what} {', '.join(map(str, key))}"
            yield Difference(where, str(made.get(key, "none")), str(stored.get(key, "none")))
