"""Two at once: amenders of one entry, an amender beside an intake, the same amendment twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from metering.amending import Amender
from metering.amendments import Amended
from metering.intake import Intake
from metering.problems import ProblemsFound
from metering.replacing import read_replacements
from metering.store import UsageStore
from tests.amending import amendment, one, usage_of, within
from tests.builders import Plain, catalog, order
from tests.running import (
    differences,
    held,
    place,
    record,
    routes_of,
    take,
    usage_store,
    used,
    value,
)

NOON = "2025-10-05T12:00:00+02:00"
ROUNDS = 12


def at_once(url: str, *works: Callable[[UsageStore], Any]) -> list[Any]:
    """What some works on stores of their own, begun together, end with."""
    gate = threading.Barrier(len(works))

    def work(own: Callable[[UsageStore], Any]) -> Any:
        with usage_store(url) as store:
            gate.wait()
            try:
                return own(store)
            except ProblemsFound as found:
                return [problem.code for problem in found.problems]

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(work, works))


def voiding(event_id: str, **given: Any) -> Callable[[UsageStore], Amended]:
    """Voids an event."""
    return lambda store: Amender(store, catalog().meters).void(one(event_id), amendment(**given))


def replacing(event: Plain) -> Callable[[UsageStore], Amended]:
    """Replaces an event."""
    replacements, _ = read_replacements([("", event)], routes_of())
    return lambda store: Amender(store, catalog().meters).replace(replacements, amendment())


def test_of_two_who_amend_an_entry_exactly_one_wins(database: str) -> None:
    """The other is told that it was amended; nothing counts twice."""
    place(database, order())
    for n in range(ROUNDS):
        record(database, used("sms", 5, NOON, f"e-{n}"))
        ended = at_once(database, voiding(f"e-{n}"), voiding(f"e-{n}"))
        assert sorted(isinstance(own, Amended) for own in ended) == [False, True]
        assert ["already_amended"] in ended
    assert usage_of(database)["totals"] == {}
    assert value(database, "SELECT count(*) FROM usage_amendment") == ROUNDS
    assert differences(database) == []


def test_one_who_voids_beside_one_who_replaces(database: str) -> None:
    """Either it was voided, or replaced and then voided; a voided one is not replaced."""
    place(database, order())
    for n in range(ROUNDS):
        record(database, used("sms", 5, NOON, f"e-{n}"))
        at_once(database, voiding(f"e-{n}"), replacing(used("sms", 7, NOON, f"e-{n}")))
    assert usage_of(database)["totals"] == {}
    assert differences(database) == []


def test_the_same_amendment_twice_at_once_is_one(database: str) -> None:
    """By its id."""
    place(database, order())
    for n in range(ROUNDS):
        record(database, used("sms", 5, NOON, f"e-{n}"))
        ended = at_once(database, *[voiding(f"e-{n}", id=f"m-{n}")] * 3)
        assert sorted(own.before for own in ended) == [False, True, True]
    assert differences(database) == []


def test_an_amender_and_an_intake_on_one_sheet(database: str) -> None:
    """Each event counts once, what was voided counts no more, and the peak is that of the rest."""
    place(database, order())
    routes = routes_of()
    record(database, *(held("records", 10, NOON, f"e-{n}") for n in range(ROUNDS)))

    def bring(store: UsageStore) -> None:
        intake = Intake(store, catalog().meters)
        for n in range(ROUNDS):
            at = f"2025-10-05T13:{n:02}:00+02:00"
            take(intake, routes, held("records", 1, at, f"new-{n}"), held("records", 1, at, "same"))

    def amend(store: UsageStore) -> None:
        for n in range(ROUNDS):
            voiding(f"e-{n}")(store)

    at_once(database, bring, amend)
    assert usage_of(database)["peaks"]["records"].level == ROUNDS + 1
    assert differences(database) == []


def test_a_filter_beside_an_intake_takes_back_what_it_saw(database: str) -> None:
    """What comes meanwhile either is voided with the rest or stands: nothing in between."""
    place(database, order())
    routes = routes_of()
    record(database, *(used("sms", 1, NOON, f"e-{n}") for n in range(500)))

    def bring(store: UsageStore) -> None:
        intake = Intake(store, catalog().meters)
        for n in range(ROUNDS):
            take(intake, routes, used("sms", 1, NOON, f"new-{n}"))

    everything = within("2025-10-05T00:00:00+02:00", "2025-10-06T00:00:00+02:00")
    _, amended = at_once(
        database,
        bring,
        lambda store: Amender(store, catalog().meters).void(everything, amendment()),
    )
    (change,) = amended.changes
    total = usage_of(database)["totals"].get("sms", 0)
    assert change.taken_back >= 500
    assert change.taken_back + total == 500 + ROUNDS
    assert differences(database) == []
