"""Two at once: amenders of one entry, an amender beside an intake, the same amendment twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from metering.amending import Amender
from metering.amendments import Amended
from metering.intake import Intake
from metering.problems import ProblemsFound
from metering.replacing import read_replacements
from metering.store import Recorder, UsageStore
from tests.amending import amendment, changes, one, replace, usage_of, void, within
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
ALL_DAY = within("2025-10-05T00:00:00+02:00", "2025-10-06T00:00:00+02:00")
Patch = pytest.MonkeyPatch


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

    _, amended = at_once(
        database,
        bring,
        lambda store: Amender(store, catalog().meters).void(ALL_DAY, amendment()),
    )
    (change,) = amended.changes
    total = usage_of(database)["totals"].get("sms", 0)
    assert change.taken_back >= 500
    assert change.taken_back + total == 500 + ROUNDS
    assert differences(database) == []


def before_saves(patch: Patch, works: Iterable[Callable[[], Any]]) -> None:
    """Of some works the next is done whenever a save begins, after all that was planned for it."""
    saving, left = Recorder.saving, iter(works)

    def later(recorder: Recorder) -> Any:
        patch.setattr(Recorder, "saving", saving)
        next(left, lambda: None)()
        patch.setattr(Recorder, "saving", later)
        return saving(recorder)

    patch.setattr(Recorder, "saving", later)


def test_an_amendment_gets_its_turn_beside_a_steady_intake(
    database: str, monkeypatch: Patch
) -> None:
    """Others write to its day whenever it was looked at, and it is recorded all the same."""
    place(database, order())
    record(database, used("sms", 1, NOON, "a"))
    others = (used("sms", 1, NOON, f"other-{n}") for n in range(1_000))
    before_saves(monkeypatch, (partial(record, database, own) for own in others))
    assert void(database, "a").amended.recorded
    assert usage_of(database)["totals"]["sms"] > 0
    assert differences(database) == []


def test_what_comes_to_the_filter_before_the_save_is_voided_with_the_rest(
    database: str, monkeypatch: Patch
) -> None:
    """By each order, meter and user, and the highest level is that of what stands."""
    place(database, order())
    evening = "2025-10-05T20:00:00+02:00"
    record(database, held("records", 10, NOON, "a"), used("api_calls", 3, NOON, "b", user="anna"))
    record(database, held("records", 7, "2025-10-06T08:00:00+02:00", "later"))

    def meanwhile() -> None:
        calls = used("api_calls", 4, evening, "c", user="jan")
        record(database, held("records", 90, evening, "d"), calls)

    before_saves(monkeypatch, [meanwhile])
    amended = void(database, ALL_DAY)
    taken = [(own[0], own[2], own[4]) for own in changes(amended)]
    assert taken == [("api_calls", 2, "-7"), ("records", 2, "-100")]
    assert usage_of(database)["peaks"]["records"].level == 7
    assert usage_of(database)["totals"] == {}
    assert differences(database) == []


def test_a_peak_beside_what_comes_before_the_save(database: str, monkeypatch: Patch) -> None:
    """Entries that are not voided come between, before and after those that are."""
    place(database, order())
    record(database, held("records", 10, NOON, "a"), held("records", -4, NOON, "b"))
    others = [(5, "06:00", "c"), (-3, "13:00", "d"), (20, "23:00", "e")]

    def meanwhile() -> None:
        for delta, at, key in others:
            record(database, held("records", delta, f"2025-10-05T{at}:00+02:00", key))

    before_saves(monkeypatch, [meanwhile])
    replace(database, held("records", 6, NOON, "a"))
    assert usage_of(database)["peaks"]["records"].level == 6 - 4 + 5 - 3 + 20
    assert differences(database) == []


def test_what_others_voided_before_the_save_is_not_voided_again(
    database: str, monkeypatch: Patch
) -> None:
    """A filter leaves it out; who named it is told; who finds nothing left is told so."""
    place(database, order())
    record(database, *(used("sms", 5, NOON, key) for key in "abc"))
    before_saves(monkeypatch, [lambda: void(database, "a")])
    assert [own[2] for own in changes(void(database, ALL_DAY))] == [2]
    record(database, *(used("sms", 5, NOON, key) for key in "de"))
    before_saves(monkeypatch, [lambda: void(database, "d")])
    with pytest.raises(ProblemsFound, match="was voided"):
        void(database, "d")
    before_saves(monkeypatch, [lambda: void(database, "e")])
    with pytest.raises(ProblemsFound, match="nothing stands there"):
        void(database, ALL_DAY)
    assert usage_of(database)["totals"] == {}
    assert differences(database) == []


def test_a_page_is_read_once(database: str, monkeypatch: Patch) -> None:
    """However large a day is, the save reads only what others have added meanwhile."""
    place(database, order())
    for key in "ab":
        record(database, used("sms", 1, NOON, key))
    before_saves(monkeypatch, [lambda: record(database, used("sms", 1, NOON, "c"))])
    read: list[int] = []
    page = UsageStore.page

    def noted(store: UsageStore, row: Any) -> Any:
        if store is own:
            read.append(row["originator_version"])
        return page(store, row)

    with usage_store(database) as own:
        monkeypatch.setattr(UsageStore, "page", noted)
        Amender(own, catalog().meters).void(ALL_DAY, amendment())
    assert read == [1, 2, 3]
