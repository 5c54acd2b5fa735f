"""Many writers of the same sheets at once: threads, processes, deliveries that overlap."""

from __future__ import annotations

import multiprocessing
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from metering.intake import Intake, Taken
from metering.pages import Page
from metering.store import Saving, UsageStore, library_settings
from tests.builders import Plain, catalog
from tests.running import (
    balances,
    differences,
    held,
    repeats,
    routes_of,
    take,
    usage_store,
    used,
    user_balances,
    value,
)

DAY = "2025-10-05"
NOON = f"{DAY}T12:00:00+02:00"
PROCESSES, THREADS = 3, 3


def events() -> list[Plain]:
    """Calls of users, messages and changes of two stocks, over one day and at the same instants."""
    chance = random.Random(7)
    found = []
    for n in range(300):
        at = f"{DAY}T{chance.randrange(24):02}:{chance.randrange(0, 60, 20):02}:00+02:00"
        match n % 4:
            case 0:
                found.append(used("api_calls", n + 1, at, f"{n}", user=f"agent{n % 7}"))
            case 1:
                found.append(used("sms", 1, at, f"{n}", to="+48600100200"))
            case 2:
                found.append(held("queues", chance.choice([3, -2]), at, f"{n}"))
            case _:
                found.append(held("records", chance.choice([50, -40]), at, f"{n}"))
    return found


def batches(seed: int) -> Iterator[list[Plain]]:
    """All events in an order of a worker's own, in batches of one event and of many."""
    chance = random.Random(seed)
    sent = chance.sample(events(), 300)
    while sent:
        size = chance.choice([1, 2, 30])
        yield sent[:size]
        del sent[:size]


def work(url: str, process: int) -> Counter[str]:
    """What became of all events, delivered by each thread of a process with one intake."""

    def deliver(thread: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        for batch in batches(process * THREADS + thread):
            taken = take(intake, routes, *batch)
            counted.update(accepted=taken.accepted, duplicates=taken.duplicates)
            counted.update(rejected=len(taken.rejected))
        return counted

    routes = routes_of()
    with UsageStore(env=library_settings(url)) as store, ThreadPoolExecutor(THREADS) as threads:
        intake = Intake(store, catalog().meters)
        return sum(threads.map(deliver, range(THREADS)), Counter())


def test_processes_and_threads_record_each_event_once(database: str) -> None:
    """Decision 3: every worker delivers everything, and all that counts is that it was used."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as processes:
        counted = sum(processes.map(work, [database] * PROCESSES, range(PROCESSES)), Counter())
    workers = PROCESSES * THREADS
    assert counted == Counter(accepted=300, duplicates=300 * (workers - 1))
    assert sums(database) == plain_sums(events())
    assert sum(repeats(database).values()) == 300 * (workers - 1)
    assert sum(user_balances(database).values()) == plain_sums(events())["api_calls"]
    assert differences(database) == []


def sums(url: str) -> dict[str, Decimal]:
    """What was used of each meter."""
    return {meter: used_ for (_, _, meter), (used_, _) in balances(url).items()}


def plain_sums(sent: list[Plain]) -> dict[str, Decimal]:
    """The same by adding up."""
    found: dict[str, Decimal] = {}
    for one in sent:
        (amount,) = (own for own in one["data"].values() if isinstance(own, int))
        found[one["type"]] = found.get(one["type"], Decimal(0)) + amount
    return found


# Just before the save


class OvertakenStore(UsageStore):
    """A store in which somebody else does something just before a save begins."""

    name = UsageStore.name
    overtake: Callable[[], Any] | None = None

    @contextmanager
    def saving(self) -> Iterator[Saving]:
        """A save that comes second, once."""
        overtake, self.overtake = self.overtake, None
        if overtake is not None:
            overtake()
        with super().saving() as saving:
            yield saving


@pytest.fixture
def overtaken(database: str) -> Iterator[OvertakenStore]:
    """Such a store."""
    with OvertakenStore(env=library_settings(database)) as store:
        yield store


def overtake(url: str, store: OvertakenStore, others: list[Plain], own: list[Plain]) -> Taken:
    """What becomes of own events if others are recorded just before they are saved."""

    def record_others() -> None:
        with usage_store(url) as other:
            take(Intake(other, catalog().meters), routes_of(), *others)

    store.overtake = record_others
    return take(Intake(store, catalog().meters), routes_of(), *own)


@pytest.mark.parametrize(("same", "new"), [(0, 3), (1, 2), (3, 0)])
def test_what_came_just_before_the_save_is_a_duplicate(
    database: str, overtaken: OvertakenStore, same: int, new: int
) -> None:
    """Nothing that was prepared before is counted by mistake."""
    own = [used("sms", 1, NOON, f"{n}") for n in range(3)]
    taken = overtake(database, overtaken, [*own[:same], used("sms", 1, NOON, "x")], own)
    assert (taken.accepted, taken.duplicates, taken.repeated) == (new, same, (1, 2, 3)[:same])
    assert sums(database) == {"sms": Decimal(4)}
    assert differences(database) == []


def test_a_conflict_that_came_just_before_the_save_is_told(
    database: str, overtaken: OvertakenStore
) -> None:
    """Contract, section 1: the first one stands."""
    others = [used("sms", 7, NOON, "a")]
    taken = overtake(database, overtaken, others, [used("sms", 1, NOON, n) for n in "ab"])
    assert [problem.code for one in taken.rejected for problem in one.problems] == ["id_conflict"]
    assert sums(database) == {"sms": Decimal(8)}


@pytest.mark.parametrize("hour", ["08", "12", "20"])
def test_a_peak_takes_in_what_came_just_before_the_save(
    database: str, overtaken: OvertakenStore, hour: str
) -> None:
    """R42: whether the others' change lies before, at or after our own."""
    others = [held("queues", 5, f"{DAY}T{hour}:00:00+02:00", "other")]
    overtake(database, overtaken, others, [held("queues", 4, NOON, "own")])
    assert value(database, "SELECT peak FROM usage_balance") == 9
    assert differences(database) == []


# No more than what others have added


class CountingStore(UsageStore):
    """A store that counts the pages that are read."""

    name = UsageStore.name
    read = 0

    def page(self, row: Mapping[str, Any]) -> Page:
        """The page of a row, counted."""
        self.read += 1
        return super().page(row)


def test_a_writer_reads_only_what_others_have_added(database: str) -> None:
    """However long the sheet is, and whoever writes most of it."""
    with CountingStore(env=library_settings(database)) as store, usage_store(database) as other:
        own, others = Intake(store, catalog().meters), Intake(other, catalog().meters)
        for n in range(20):
            take(own, routes_of(), used("sms", 1, NOON, f"own-{n}"))
        assert store.read == 0
        for n in range(3):
            take(others, routes_of(), used("sms", 1, NOON, f"other-{n}"))
        take(own, routes_of(), used("sms", 1, NOON, "own-20"))
        assert store.read == 3


def test_a_repeat_has_only_the_page_read_that_holds_it(database: str) -> None:
    """A retry costs no more than what it repeats."""
    with CountingStore(env=library_settings(database)) as store:
        own = Intake(store, catalog().meters)
        for n in range(20):
            take(own, routes_of(), used("sms", 1, NOON, f"{n}"))
        assert take(own, routes_of(), used("sms", 1, NOON, "7")).duplicates == 1
        assert store.read == 1


def test_stock_changes_out_of_order_read_no_page_twice(database: str) -> None:
    """Each change reaches back among earlier ones, and needs only those it has not seen."""
    with CountingStore(env=library_settings(database)) as store:
        own = Intake(store, catalog().meters)
        for hour in range(20, 0, -1):
            at = f"{DAY}T{hour:02}:00:00+02:00"
            take(own, routes_of(), held("queues", 1, at, f"{hour}"))
        assert store.read == 19
    assert value(database, "SELECT peak FROM usage_balance") == 20
    assert differences(database) == []
