"""Replacements: events that say what they replace, read and checked like new ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any

import orjson
import polars as pl

from metering.amendments import OneEvent
from metering.entries import entries_of, packed_id
from metering.events import UsageEvent, read_event
from metering.meters import Meter
from metering.numbering import number_users
from metering.pages import SHEET_ENTRIES
from metering.problems import Problem
from metering.routes import Routes
from metering.sheets import sheet_id
from metering.store import UsageStore

REPLACES = "replaces"
"""The extension attribute that names the local day of the entry an event replaces.

Without it that is the day of the event itself.
"""


@dataclass(frozen=True, slots=True)
class Replacement:
    """An event in the place of the one of its order, source and id on a ``day``.

    ``path`` is where it was given.
    """

    event: UsageEvent
    day: date
    path: str = ""

    @property
    def replaces(self) -> OneEvent:
        """The identity of the event that it replaces."""
        return OneEvent(self.event.order, self.event.source, self.event.id, self.day)


def read_replacements(
    raws: Iterable[tuple[str, object]], routes: Routes, day: date | None = None
) -> tuple[list[Replacement], list[Problem]]:
    """Reads events with the place of each; ``day`` is that of what they replace if they say none.

    An event is named once: neither is one replaced twice, nor do two come to be the same.
    """
    found: list[Replacement] = []
    problems: list[Problem] = []
    for path, raw in raws:
        event, wrong = (None, [raw]) if isinstance(raw, Problem) else read_event(raw, routes)
        replaced, wrong_day = _replaced_day(raw, day)
        problems += [problem.under(path) for problem in (*wrong, *wrong_day)]
        if event is not None and not wrong_day:
            found.append(Replacement(event, replaced or event.day, path))
    return found, [*problems, *_named_twice(found)]


def _replaced_day(raw: object, given: date | None) -> tuple[date | None, list[Problem]]:
    own = raw.get(REPLACES) if isinstance(raw, Mapping) else None
    if own is None:
        return given, []
    try:
        return date.fromisoformat(own), []
    except (TypeError, ValueError):
        message = f"{own!r} is not a day: write YYYY-MM-DD, the day of the entry to replace"
        return None, [Problem("invalid_day", REPLACES, message)]


def _named_twice(replacements: Iterable[Replacement]) -> Iterable[Problem]:
    replaced: set[OneEvent] = set()
    made: set[Any] = set()
    for one in replacements:
        if one.replaces in replaced or one.event.identity in made:
            message = "another event here has the same order, source, id and day: keep one of them"
            yield Problem("named_twice", one.path, message)
        replaced.add(one.replaces)
        made.add(one.event.identity)


def asked_of(replacements: Sequence[Replacement]) -> dict[str, Any]:
    """What is asked for, in brief: how many replacements, and a hash of what they say."""
    said = [
        [
            *(one.event.order, one.event.source, one.event.id, str(one.day), one.event.meter),
            one.event.occurred_at.isoformat(),
            *(f"{one.event.quantity.normalize():f}", one.event.user, one.event.attributes),
        ]
        for one in replacements
    ]
    return {"events": len(said), "sha256": sha256(orjson.dumps(sorted(said))).hexdigest()}


def entries_in_place(
    store: UsageStore,
    meters: Mapping[str, Meter],
    replacements: Sequence[Replacement],
    *,
    give: bool,
) -> pl.DataFrame:
    """The entries that replacements make, each with its ``place`` among them.

    Users that have no number yet get one only if they are to be given.
    """
    decimals = {key: meter.decimals for key, meter in meters.items()}
    entries = entries_of(enumerate(one.event for one in replacements), decimals)
    days = [one.event.day for one in replacements]
    sheets = [sheet_id(one.event.order, one.event.day) for one in replacements]
    placed = entries.with_columns(
        day=pl.Series(days, dtype=pl.Date), sheet=pl.Series(sheets, dtype=pl.String), id=packed_id()
    )
    numbered = number_users(store, placed, give=give).with_columns(amends=pl.lit(1, pl.Int64))
    return numbered.select(*SHEET_ENTRIES, place="line")
