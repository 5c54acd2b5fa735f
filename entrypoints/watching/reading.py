"""What is seen at one moment: counts, sources, limits, reservations, deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from billing.decisions import Decisions
from entrypoints.watching import queries
from entrypoints.watching.tally import KEY, METER
from invoices.notices.queries import DELIVERIES
from invoices.notices.sending import FAILED, GIVEN_UP
from metering.store import Store

A_MINUTE = timedelta(minutes=1)
MINUTES, HOUR, DAY = timedelta(minutes=5), timedelta(hours=1), timedelta(days=1)
MOST_SHOWN = 10
MASKED = "•••"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many events came in the last minutes, hour and day."""

    minutes: int = 0
    hour: int = 0
    day: int = 0

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.minutes + other.minutes, self.hour + other.hour, self.day + other.day)


@dataclass(frozen=True, slots=True)
class Results:
    """What became of the events of a meter or a key."""

    name: str
    accepted: Rate = Rate()
    duplicate: Rate = Rate()
    rejected: Rate = Rate()


@dataclass(frozen=True, slots=True)
class Intake:
    """What came in lately. ``by_minute`` are the last sixty minutes, the running one last."""

    meters: tuple[Results, ...]
    keys: tuple[Results, ...]
    codes: tuple[tuple[str, Rate], ...]
    by_minute: tuple[int, ...]

    @property
    def total(self) -> Results:
        """All meters together."""
        return _sum("", self.meters)


@dataclass(frozen=True, slots=True)
class Troubles:
    """Deliveries of webhooks that are not done, and the last of those that failed."""

    waiting: int
    failed: int
    given_up: int
    last: tuple[Mapping[str, Any], ...] = field(default=())


def read_intake(store: Store, now: datetime) -> Intake:
    """What came in up to a moment."""
    spans = {"minutes": now - MINUTES, "hour": now - HOUR, "day": now - DAY, "now": now}
    rows = store.rows(queries.COUNTS, **spans)
    codes: defaultdict[str, Rate] = defaultdict(Rate)
    for row in rows:
        if row["subject"] == METER and row["result"] == "rejected":
            codes[row["code"]] += _rate(row)
    return Intake(
        tuple(_results(row for row in rows if row["subject"] == METER)),
        tuple(_results(row for row in rows if row["subject"] == KEY)),
        tuple(sorted(codes.items(), key=lambda own: (-own[1].day, own[0]))),
        _by_minute(store, now),
    )


def _results(rows: Iterable[Mapping[str, Any]]) -> list[Results]:
    found: defaultdict[str, defaultdict[str, Rate]] = defaultdict(lambda: defaultdict(Rate))
    for row in rows:
        found[row["name"]][row["result"]] += _rate(row)
    return [Results(name, **own) for name, own in sorted(found.items())]


def _rate(row: Mapping[str, Any]) -> Rate:
    return Rate(row["minutes"], row["hour"], row["day"])


def _sum(name: str, rows: Iterable[Results]) -> Results:
    whole = Results(name)
    for own in rows:
        whole = Results(
            name,
            whole.accepted + own.accepted,
            whole.duplicate + own.duplicate,
            whole.rejected + own.rejected,
        )
    return whole


def _by_minute(store: Store, now: datetime) -> tuple[int, ...]:
    found = {
        row["minute"]: row["events"]
        for row in store.rows(queries.BY_MINUTE, hour=now - HOUR, now=now)
    }
    last = now.replace(second=0, microsecond=0)
    return tuple(found.get(last - A_MINUTE * number, 0) for number in range(59, -1, -1))


def read_troubles(decisions: Decisions, limit: int = MOST_SHOWN) -> Troubles:
    """How many deliveries wait or have failed, and the last that failed."""
    (counts,) = decisions.rows(queries.DELIVERIES_COUNT)
    last = [
        row
        for status in (FAILED, GIVEN_UP)
        for row in decisions.rows(DELIVERIES, status=status, endpoint=None, limit=limit)
    ]
    last.sort(key=lambda row: row["id"], reverse=True)
    return Troubles(**counts, last=tuple(last[:limit]))


def read_reservations(
    store: Store,
    now: datetime,
    limit: int,
    order: str | None = None,
    after: tuple[datetime, str] | None = None,
) -> list[dict[str, Any]]:
    """Open reservations, those that end first, first; users are masked."""
    after_at, after_id = after or (now, "")
    asked = {"now": now, "order": order, "after_at": after_at, "after": after_id, "limit": limit}
    rows = store.rows(queries.RESERVATIONS, **asked)
    return [{**row, "user_name": masked(row["user_name"])} for row in rows]


def masked(name: str) -> str:
    """A user as the platform sees one: enough to tell two apart, not enough to know who it is."""
    if not name:
        return ""
    local, at, domain = name.partition("@")
    return f"{local[:1]}{MASKED}{local[-1:] if len(local) > 2 else ''}{at}{domain}"
