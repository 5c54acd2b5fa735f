"""Reads the usage of a period that rating starts from, all of it as of one moment."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from billing.entitlements import Contract, first_timed_day, timed_meters
from metering import queries
from metering.calendar import Period
from metering.history import Recorded, Rows, read_usage, read_uses
from metering.meters import Meter
from metering.pages import Page
from metering.store import UsageStore


class Reader(ABC):
    """Reads usage of one period, all of it as of one ``position`` of the record."""

    def __init__(self, store: UsageStore, period: Period, position: int) -> None:
        self.period = period
        self.position = position
        self._store = store

    def read(self, governed: Contract) -> Recorded:
        """An order's usage of a period, with single uses where rating needs them."""
        recorded = self._sums(governed.terms.id, governed.period)
        meters = {key: governed.edition.meters[key].meter for key in timed_meters(governed)}
        if not meters:
            return recorded
        days = self._days(governed, first_timed_day(governed, meters), meters)
        timed = read_uses(self._pages, governed.terms.id, days, meters)
        return replace(recorded, usage=replace(recorded.usage, timed=timed))

    def _pages(self, sheets: Iterable[str]) -> Iterator[Page]:
        return self._store.pages(sheets, self.position)

    @abstractmethod
    def _sums(self, order: str, period: Period) -> Recorded:
        """An order's usage of a period without single uses."""

    @abstractmethod
    def _days(self, governed: Contract, first: date, meters: Mapping[str, Meter]) -> Iterable[date]:
        """The days, from one to the period's last, on which some meters may have been used."""


class UsageReader(Reader):
    """Reads what some orders used from the balances, within one snapshot."""

    def __init__(self, store: UsageStore, rows: Rows, orders: list[str], period: Period) -> None:
        super().__init__(store, period, rows(queries.POSITION)[0]["position"])
        self._rows = rows
        self._recorded = read_usage(rows, orders, period)

    def _sums(self, order: str, period: Period) -> Recorded:
        if period == self.period:
            return self._recorded[order]
        return read_usage(self._rows, [order], period)[order]

    def _pages(self, sheets: Iterable[str]) -> Iterator[Page]:
        return self._store.pages_until(self._rows, sheets, self.position)

    def _days(self, governed: Contract, first: date, meters: Mapping[str, Meter]) -> Iterable[date]:
        return days_used(self._rows, governed, first, meters)


def days_used(rows: Rows, governed: Contract, first: date, meters: Iterable[str]) -> list[date]:
    """The days, from one to the period's last, on which balances say that meters were used."""
    order, last = governed.terms.id, governed.period.last_day
    found = rows(queries.METER_DAYS, order=order, meters=list(meters), first=first, last=last)
    return [row["day"] for row in found]
