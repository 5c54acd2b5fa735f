"""Amendments, as values: who changes recorded usage and why, which entries, and what it came to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson
import polars as pl

from metering import balances
from metering.calendar import Period, local_day
from metering.events import MAX_NAME
from metering.problems import Problem

MAX_REASON = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
A_MICROSECOND = timedelta(microseconds=1)


class Kind(StrEnum):
    """What an amendment does to entries."""

    VOID = "void"
    """They count no more."""
    REPLACE = "replace"
    """Another entry counts in the place of each."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """By whom usage is amended, for what reason, and when; ``id`` makes a repeat of it known."""

    id: str
    by: str
    reason: str
    recorded_at: datetime


def check_amendment(amendment: Amendment) -> Iterator[Problem]:
    """Whether it is said who amends and why, in words that can be kept."""
    for field, most in (("id", MAX_NAME), ("by", MAX_NAME), ("reason", MAX_REASON)):
        value = getattr(amendment, field)
        if not value.strip():
            yield Problem("missing_field", field, f"{field} is required")
        elif len(value) > most or _CONTROL.search(value):
            message = f"{field} must be text of at most {most} characters, none of control"
            yield Problem("invalid_field", field, message)


@dataclass(frozen=True, slots=True)
class OneEvent:
    """The identity of an event."""

    order: str
    source: str
    id: str
    day: date

    @property
    def asked(self) -> Mapping[str, Any]:
        """What is asked for, as plain data."""
        return {"order": self.order, "source": self.source, "id": self.id, "day": str(self.day)}


@dataclass(frozen=True, slots=True)
class Within:
    """Everything used from ``start`` up to, not including, ``end``, by one order or one source."""

    start: datetime
    end: datetime
    order: str | None = None
    source: str | None = None
    meter: str | None = None

    @property
    def asked(self) -> Mapping[str, Any]:
        """What is asked for, as plain data."""
        given = {"order": self.order, "source": self.source, "meter": self.meter}
        times = {"from": self.start.isoformat(), "to": self.end.isoformat()}
        return {**times, **{name: own for name, own in given.items() if own is not None}}

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last local day of it."""
        return local_day(self.start), local_day(self.end - A_MICROSECOND)

    @property
    def wanted(self) -> pl.Expr:
        """Whether an entry is one of these."""
        given = {"order": self.order, "source": self.source, "meter": self.meter}
        at = pl.col("at").is_between(self.start, self.end, closed="left")
        return pl.all_horizontal(
            at, *(pl.col(name) == own for name, own in given.items() if own is not None)
        )


def check_within(within: Within) -> Iterator[Problem]:
    """Whether a filter can mean what is asked for."""
    if within.start >= within.end:
        message = f"nothing lies between {within.start.isoformat()} and {within.end.isoformat()}"
        yield Problem("empty_time", "to", message)
    if within.order is None and within.source is None:
        message = "say whose usage is to be voided: an order, a source, or both"
        yield Problem("missing_field", "order", message)


def canonical(asked: Mapping[str, Any]) -> str:
    """What is asked for as JSON, the same text for the same."""
    return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()


@dataclass(frozen=True, slots=True)
class Change:
    """What an amendment does to an order's meter in a period, ``quantity`` the difference."""

    order: str
    meter: str
    period: Period
    taken_back: int
    put_in: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Amended:
    """What an amendment did, or would do; ``unchanged`` entries were as they shall be already.

    ``recorded`` tells whether it is recorded, now or ``before``.
    """

    amendment: Amendment
    kind: Kind
    changes: tuple[Change, ...]
    unchanged: int = 0
    recorded: bool = True
    before: bool = False


AMENDED = [*balances.BALANCE, "taken_back", "put_in", "quantity"]


def amended_rows(entries: pl.DataFrame, *by: str) -> pl.DataFrame:
    """What amending entries do to each order, day and meter."""
    return entries.group_by(*by, *balances.BALANCE).agg(
        taken_back=(pl.col("amends") < 0).sum().cast(pl.Int64),
        put_in=(pl.col("amends") > 0).sum().cast(pl.Int64),
        quantity=pl.col("quantity").cast(balances.EXACT).sum(),
    )


def changes_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Change, ...]:
    """Rows of days, their quantities exact, added up by order, meter and period."""
    sums: dict[tuple[str, str, Period], tuple[int, int, Decimal]] = {}
    for row in rows:
        key = (row["order_id"], row["meter"], Period.of(row["day"]))
        taken, put, quantity = sums.get(key, (0, 0, Decimal(0)))
        own = (taken + row["taken_back"], put + row["put_in"], quantity + row["quantity"])
        sums[key] = own
    return tuple(Change(*key, *own) for key, own in sorted(sums.items()))
