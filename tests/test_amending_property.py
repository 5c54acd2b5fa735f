"""Whatever is recorded and amended in whatever order: what stands is as if it alone had come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoices.amendments import AmendmentDesk
from metering.amendments import OneEvent, Within
from metering.calendar import Period, local_day
from metering.intake import Intake
from metering.problems import ProblemsFound
from metering.store import UsageStore
from tests.amending import SOURCE, amendment, entries_of, usage_of
from tests.builders import FROM_PURCHASE, Plain, catalog, checked, order, pack
from tests.running import (
    decision_store,
    differences,
    empty,
    held,
    licznik,
    place,
    take,
    usage_store,
    used,
)

ORDER = order(packs=[pack("pack_sms_2000", "2025-10-05 10:00")], policies=FROM_PURCHASE)
METERS = {"a": "api_calls", "b": "sms", "c": "sms", "d": "records", "e": "records"}
"""The meter of each event's id: an event keeps it."""

TIMES = (
    "2025-10-01T00:00:00+02:00",
    "2025-10-05T08:00:00+02:00",
    "2025-10-05T12:00:00+02:00",
    "2025-10-31T23:59:59.999999+01:00",
    "2025-11-01T00:00:00+01:00",
)
DAYS = sorted({local_day(datetime.fromisoformat(at)) for at in TIMES})

Identity = tuple[str, date]


def sent(key: str, at: str, quantity: int, user: str) -> Plain:
    """An event of an id; those of stock meters go up and down."""
    if METERS[key] == "records":
        return held("records", quantity if key == "d" else -quantity, at, key)
    named = {"user": user} if key == "a" and user else {}
    return used(METERS[key], 1_000 * quantity, at, key, **named)


@dataclass
class Model:
    """What stands, the plain way: events by their identity, and the identities ever recorded."""

    stands: dict[Identity, Plain] = field(default_factory=dict)
    known: set[Identity] = field(default_factory=set)

    def record(self, event: Plain) -> None:
        """The first event of an identity counts."""
        key = identity(event)
        if key not in self.known:
            self.known.add(key)
            self.stands[key] = event

    def void(self, chosen: Callable[[Identity, Plain], bool]) -> bool:
        """Whether there was anything to void."""
        gone = [key for key, event in self.stands.items() if chosen(key, event)]
        for key in gone:
            del self.stands[key]
        return bool(gone)

    def replace(self, key: Identity, event: Plain) -> bool:
        """Whether one event could take the place of another."""
        target = identity(event)
        if key not in self.stands or (target != key and target in self.stands):
            return False
        del self.stands[key]
        self.stands[target] = event
        self.known.add(target)
        return True


def identity(event: Plain) -> Identity:
    """The id and the local day of an event."""
    return event["id"], local_day(datetime.fromisoformat(event["time"]))


events = st.builds(
    sent,
    st.sampled_from(sorted(METERS)),
    st.sampled_from(TIMES),
    st.integers(1, 5),
    st.sampled_from(["", "anna", "jan"]),
)
steps = st.one_of(
    st.tuples(st.just("record"), events),
    st.tuples(st.just("void"), st.sampled_from(sorted(METERS)), st.sampled_from(DAYS)),
    st.tuples(st.just("replace"), events, st.sampled_from(DAYS)),
    st.tuples(st.just("within"), st.sampled_from(TIMES), st.sampled_from(TIMES)),
)


def record(store: UsageStore, *own: Plain) -> None:
    """Records events, whether they are accepted or not."""
    take(Intake(store, catalog().meters), checked(ORDER).routes, *own)


def amended(url: str, own: list[tuple[Any, ...]]) -> Model:
    """What stands after some steps, each of them done and modelled."""
    model = Model()
    with decision_store(url) as decisions, usage_store(url) as store:
        desk = AmendmentDesk(decisions, store, catalog())
        for kind, *words in own:
            if kind == "record":
                record(store, words[0])
                model.record(words[0])
            else:
                STEPS[kind](desk, model, *words)
    return model


def step_void(desk: AmendmentDesk, model: Model, key: str, day: date) -> None:
    """Voids one event."""
    could = model.void(lambda own, _: own == (key, day))
    done(could, lambda: desk.void(OneEvent("acme-main", SOURCE, key, day), amendment()))


def step_within(desk: AmendmentDesk, model: Model, start: str, end: str) -> None:
    """Voids everything between two times."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    could = model.void(lambda _, own: first <= datetime.fromisoformat(own["time"]) < last)
    done(could, lambda: desk.void(Within(first, last, "acme-main"), amendment()))


def step_replace(desk: AmendmentDesk, model: Model, event: Plain, day: date) -> None:
    """Puts an event in the place of one of the same id."""
    could = model.replace((event["id"], day), event)
    done(could, lambda: desk.replace([("", {**event, "replaces": str(day)})], amendment()))


STEPS: dict[str, Callable[..., None]] = {
    "void": step_void,
    "within": step_within,
    "replace": step_replace,
}


def done(could: bool, action: Callable[[], Any]) -> None:  # what the model said
    """Does what the model could do, and is refused what it could not."""
    if could:
        action()
    else:
        with pytest.raises(ProblemsFound):
            action()


def told(url: str) -> Plain:
    """Everything that is told of an order: sums, peaks, users, entries and both months' drafts."""
    periods = [Period(2025, 10), Period(2025, 11)]
    shown = ("time", "meter", "quantity", "user", "source", "id")
    return {
        "usage": [usage_of(url, period) for period in periods],
        "entries": [
            sorted(tuple(str(own[name]) for name in shown) for own in entries_of(url, period))
            for period in periods
        ],
        "drafts": [
            licznik(url, "invoices", "run", "--period", str(period), "--dry-run", "--json").data
            for period in periods
        ],
        "differences": differences(url),
    }


@given(st.lists(steps, min_size=1, max_size=12))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_stands_is_all_that_counts(shared_database: str, own: list[tuple[Any, ...]]) -> None:
    """Balances, peaks, users, entries, ledgers and lines are those of the standing events alone."""
    empty(shared_database)
    place(shared_database, ORDER)
    model = amended(shared_database, own)
    found = told(shared_database)
    empty(shared_database)
    place(shared_database, ORDER)
    with usage_store(shared_database) as store:
        record(store, *model.stands.values())
    assert found == told(shared_database)
    assert found["differences"] == []
