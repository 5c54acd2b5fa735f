"""Counts of what comes in, by minute: kept in memory and written once a second.

So counting costs the same however many requests there are. Whoever is killed takes the counts of
the last second along; they are for people to look at, and no bill rests on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Literal

import orjson
import polars as pl

from entrypoints.watching import queries
from metering.decode import Decoded
from metering.intake import Taken
from metering.store import Statement, Store

METER, KEY = "meter", "key"
"""What is counted by: what was used, and the key of who sent it."""
Result = Literal["accepted", "duplicate", "rejected"]
EVERY_SECONDS = 1.0
KEPT = timedelta(days=7)
FORGETTING = timedelta(hours=1)
A_FEW = 1_000
"""So many events are counted sooner one by one than in columns."""
MOST_READ = 1_000
"""Of so many rejected events of a batch the meter is read; of more it is not told."""


@dataclass(frozen=True, slots=True)
class Count:
    """What is counted together: the events of a meter or a key with one result."""

    subject: str
    name: str
    result: Result
    code: str = ""


def counted(decoded: Decoded, taken: Taken, meters: Iterable[str]) -> Counter[Count]:
    """The events of a batch by meter and what became of them."""
    entries, known = decoded.entries, frozenset(meters)
    conflicts = taken.rejected[len(decoded.rejected) :]
    repeated = _by_meter(entries, taken.repeated)
    accepted = _by_meter(entries)
    accepted.subtract(repeated)
    accepted.subtract(_by_meter(entries, [own.line for own in conflicts]))
    counts = Counter({Count(METER, own, "accepted"): n for own, n in accepted.items() if n})
    counts.update({Count(METER, own, "duplicate"): n for own, n in repeated.items()})
    for place, own in enumerate(taken.rejected):
        meter = _meter_of(own.text, known) if place < MOST_READ else ""
        counts[Count(METER, meter, "rejected", own.problems[0].code)] += 1
    return counts


def _by_meter(entries: pl.DataFrame, lines: Iterable[int] | None = None) -> Counter[str]:
    if lines is not None:
        chosen = list(lines)
        if not chosen:
            return Counter()
        entries = entries.filter(pl.col("line").is_in(chosen))
    if entries.height <= A_FEW:
        return Counter(entries["meter"].to_list())
    return Counter(dict(entries.group_by("meter").len().iter_rows()))


def _meter_of(text: str, known: frozenset[str]) -> str:
    """The meter of a rejected event, where it names one that there is."""
    try:
        read = orjson.loads(text)
    except orjson.JSONDecodeError:
        return ""
    meter = read.get("type") if isinstance(read, dict) else None
    return meter if isinstance(meter, str) and meter in known else ""


def sources_of(decoded: Decoded) -> list[str]:
    """Who sent the readable events of a batch."""
    sources = decoded.entries["source"]
    return list(dict.fromkeys(sources)) if len(sources) <= A_FEW else sources.unique().to_list()


class Tally:
    """Adds counts up and writes them, until it is closed."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._counts: Counter[tuple[datetime, Count]] = Counter()
        self._sources: dict[str, datetime] = {}
        self._forgot_at = now()
        self._turn = Lock()
        self._closing = Event()
        self._thread = Thread(target=self._work, name="tally", daemon=True)
        self._thread.start()

    def add(self, counts: Mapping[Count, int], sources: Iterable[str] = ()) -> None:
        """Counts what has just come in."""
        at = self._now()
        minute = at.replace(second=0, microsecond=0)
        with self._turn:
            for own, events in counts.items():
                self._counts[minute, own] += events
            self._sources.update(dict.fromkeys(sources, at))

    def close(self) -> None:
        """Writes what is left, and ends."""
        self._closing.set()
        self._thread.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            closing = self._closing.wait(EVERY_SECONDS)
            with self._turn:
                counts, self._counts = self._counts, Counter()
                sources, self._sources = self._sources, {}
            try:
                self._store.run(*statements(counts, sources), *self._forgotten())
            except Exception:  # noqa: BLE001  # the database is away: the next second may do better
                with self._turn:
                    self._counts.update(counts)
                    self._sources = {**sources, **self._sources}

    def _forgotten(self) -> Iterator[Statement]:
        """Once an hour, what is old."""
        now = self._now()
        if now - self._forgot_at >= FORGETTING:
            self._forgot_at = now
            yield Statement(queries.FORGET_COUNTS, (now - KEPT,))
            yield Statement(queries.FORGET_SOURCES, (now - KEPT,))


def statements(
    counts: Mapping[tuple[datetime, Count], int], sources: Mapping[str, datetime]
) -> Iterator[Statement]:
    """What adds counts to those that are kept."""
    if counts:
        rows = [
            (minute, own.subject, own.name, own.result, own.code, events)
            for (minute, own), events in counts.items()
        ]
        yield Statement(queries.ADD_COUNTS, [list(column) for column in zip(*rows, strict=True)])
    if sources:
        yield Statement(queries.ADD_SOURCES, (list(sources), list(sources.values())))
