"""Reads the usage that drafts rest on, all of it as of one moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from billing.entitlements import Contract, first_timed_day, timed_meters
from metering import queries
from metering.calendar import Period
from metering.history import Recorded, Rows, read_usage, read_uses
from metering.pages import Page
from metering.store import UsageStore


class Reader(Protocol):
    """Reads usage for the drafts of one period, all of it as of one position."""

    period: Period
    position: int

    def read(self, governed: Contract) -> Recorded:
        """An order's usage of a period, with single uses where rating needs them."""


class UsageReader:
    """Reads what some orders used, all of it as of one moment, the ``position``."""

    def __init__(self, store: UsageStore, rows: Rows, orders: list[str], period: Period) -> None:
        self.position: int = rows(queries.POSITION)[0]["position"]
        self.period = period
        self._rows = rows
        self._store = store
        self._recorded = read_usage(rows, orders, period)

    def read(self, governed: Contract) -> Recorded:
        """An order's usage of a period, with single uses where rating needs them."""
        order, period = governed.terms.id, governed.period
        if period == self.period:
            recorded = self._recorded[order]
        else:
            recorded = read_usage(self._rows, [order], period)[order]
        keys = timed_meters(governed)
        if not keys:
            return recorded
        meters = {key: governed.edition.meters[key].meter for key in keys}
        asked = {
            "order": order,
            "meters": list(meters),
            "first": first_timed_day(governed),
            "last": period.last_day,
        }
        days = [row["day"] for row in self._rows(queries.METER_DAYS, **asked)]
        timed = read_uses(self._pages, order, days, meters)
        return replace(recorded, usage=replace(recorded.usage, timed=timed))

    def _pages(self, sheets: Iterable[str]) -> Iterator[Page]:
        return self._store.pages(sheets, self.position)
