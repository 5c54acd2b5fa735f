"""The contract of the event store: everything or nothing, one writer wins, readers miss nothing."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
import zstandard
from eventsourcing.persistence import DataError, IntegrityError

from metering import queries
from metering.intake import Intake, Taken
from metering.packing import pack_pages
from metering.pages import SHEET_ENTRIES, Page
from metering.store import SaveConflict, Statement, UsageStore, ZstdCompressor
from tests.builders import catalog
from tests.running import (
    RECEIVED,
    balances,
    decision_store,
    differences,
    empty,
    repeats,
    routes_of,
    rows,
    take,
    usage_store,
    used,
    value,
)

SHEET = "2025-10-05/07"
NOON = "2025-10-05T12:00:00+02:00"
PATIENCE = 60
"""Seconds after which something that should end is said to hang."""


@pytest.fixture
def store(shared_database: str) -> Iterator[UsageStore]:
    """The store of usage, empty."""
    empty(shared_database)
    with usage_store(shared_database) as own:
        yield own


def page(entries: int = 1, version: int = 1, sheet: str = SHEET) -> Page:
    """A page of entries with ids that cannot be compressed."""
    chance = random.Random(version)
    one = {"sheet": sheet, "order": "acme", "source": "s", "meter": "sms", "at": RECEIVED}
    many = [
        {**one, "id": chance.randbytes(16), "quantity": 1, "user": 0, "attributes": ""}
        for _ in range(entries)
    ]
    (packed,) = pack_pages(pl.DataFrame(many, SHEET_ENTRIES), RECEIVED)
    return replace(packed, originator_version=version)


def in_time(work: Callable[[], Any]) -> None:
    """Does something that must not hang."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "it hangs"


def events(url: str) -> int:
    """How many pages there are."""
    found: int = value(url, "SELECT count(*) FROM usage_events")
    return found


# Size


def test_a_save_of_20000_events_does_not_hang(store: UsageStore, shared_database: str) -> None:
    """The library's own way does, in a pipeline, above the buffer of the socket."""
    one = page()
    many = [replace(one, originator_version=n) for n in range(1, 20_001)]
    in_time(lambda: store.save(*many))
    assert events(shared_database) == 20_000


def test_a_save_of_several_megabytes_does_not_hang(store: UsageStore, shared_database: str) -> None:
    """As one event, which cannot be compressed."""
    large = replace(page(), ids=random.Random(0).randbytes(6_000_000))
    in_time(lambda: store.save(large))
    assert value(shared_database, "SELECT length(state) FROM usage_events") > 6_000_000
    (read,) = store.pages([SHEET])
    assert read == large


def test_a_page_is_read_as_it_was_saved(store: UsageStore) -> None:
    """With its time, in UTC, and its bytes."""
    own = page(entries=100)
    store.save(own)
    assert list(store.pages([SHEET])) == [own]


# Everything or nothing


COUNT = Statement("INSERT INTO invoice_series (seller, series, last) VALUES (%s, 'x', 1)", ("a",))


def test_statements_are_committed_with_the_events(store: UsageStore, shared_database: str) -> None:
    """Decision 4."""
    store.save(page(), statements=[COUNT])
    assert value(shared_database, "SELECT count(*) FROM invoice_series") == 1


def test_statements_are_not_committed_without_the_events(
    store: UsageStore, shared_database: str
) -> None:
    """The page is there already."""
    store.save(page())
    with pytest.raises(IntegrityError):
        store.save(page(), statements=[COUNT])
    assert value(shared_database, "SELECT count(*) FROM invoice_series") == 0


def test_events_are_not_committed_without_their_statements(
    store: UsageStore, shared_database: str
) -> None:
    """A statement that fails."""
    broken = Statement("SELECT 1 / %s", (0,))
    with pytest.raises(DataError):
        store.save(page(), statements=[COUNT, broken])
    assert events(shared_database) == 0
    assert value(shared_database, "SELECT count(*) FROM invoice_series") == 0


def test_a_statement_that_changes_too_few_rows_undoes_the_save(
    store: UsageStore, shared_database: str
) -> None:
    """Somebody else was first."""
    missed = Statement("UPDATE invoice_series SET last = %s WHERE last = 7", (8,), changes=1)
    with pytest.raises(SaveConflict):
        store.save(page(), statements=[COUNT, missed])
    assert events(shared_database) == 0
    assert value(shared_database, "SELECT count(*) FROM invoice_series") == 0


def test_a_store_can_save_after_a_save_that_failed(store: UsageStore, shared_database: str) -> None:
    """Its connection is not left in the middle of a transaction."""
    store.save(page())
    with pytest.raises(IntegrityError):
        store.save(page())
    store.save(page(version=2))
    assert events(shared_database) == 2


def test_some_events_of_a_save_are_never_saved_alone(
    store: UsageStore, shared_database: str
) -> None:
    """The second of two pages is there already."""
    store.save(page(version=2))
    with pytest.raises(IntegrityError):
        store.save(page(version=1), page(version=2))
    assert events(shared_database) == 1


# Two applications


def test_decisions_and_usage_have_tables_of_their_own(shared_database: str) -> None:
    """Decision 2: neither waits for the other's lock."""
    empty(shared_database)
    with usage_store(shared_database) as usage, decision_store(shared_database) as decisions:
        usage.save(page())
        assert list(decisions.events.get(SHEET)) == []
    assert value(shared_database, "SELECT count(*) FROM decisions_events") == 0


# Races


def test_of_two_writers_of_one_sheet_one_wins(shared_database: str) -> None:
    """They meet at the version."""
    empty(shared_database)
    gate = threading.Barrier(2)

    def write(_: int) -> str:
        with usage_store(shared_database) as own:
            gate.wait(PATIENCE)
            try:
                own.save(page())
            except IntegrityError:
                return "lost"
            return "won"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, range(2))) == ["lost", "won"]
    assert events(shared_database) == 1


def test_a_polling_reader_misses_nothing(shared_database: str) -> None:
    """Positions follow the order of commits, however many write."""
    empty(shared_database)
    writers, pages_each = 4, 60
    done = threading.Event()

    def write(writer: int) -> None:
        with usage_store(shared_database) as own:
            for version in range(1, pages_each + 1):
                own.save(page(version=version, sheet=f"2025-10-05/{writer:02}"))

    def read() -> list[int]:
        seen: list[int] = []
        query = "SELECT notification_id FROM usage_events WHERE notification_id > %s ORDER BY 1"
        with usage_store(shared_database) as own:
            while True:
                last_look = done.is_set()
                found = own.rows(query, seen[-1] if seen else 0)
                seen += [row["notification_id"] for row in found]
                if last_look:
                    return seen

    with ThreadPoolExecutor(writers + 1) as pool:
        reading = pool.submit(read)
        list(pool.map(write, range(writers)))
        done.set()
        seen = reading.result(PATIENCE)
    stored = [n for (n,) in rows(shared_database, "SELECT notification_id FROM usage_events")]
    assert len(stored) == writers * pages_each
    assert sorted(stored) == seen


def test_intakes_at_once_record_each_event_once(shared_database: str) -> None:
    """Decision 3: delivery may be at-least-once, by several workers."""
    empty(shared_database)
    events_ = [used("sms", 1, NOON, f"{n}") for n in range(200)]
    gate = threading.Barrier(3)

    def work(worker: int) -> list[Taken]:
        own = random.Random(worker).sample(events_, len(events_))
        with usage_store(shared_database) as store:
            intake = Intake(store, catalog().meters)
            gate.wait(PATIENCE)
            return [
                take(intake, routes_of(), *own[start : start + 20]) for start in range(0, 200, 20)
            ]

    with ThreadPoolExecutor(3) as pool:
        taken = [one for own in pool.map(work, range(3)) for one in own]
    assert sum(one.accepted for one in taken) == 200
    assert sum(one.duplicates for one in taken) == 400
    assert [entries for _, entries in balances(shared_database).values()] == [200]
    assert sum(repeats(shared_database).values()) == 400
    assert differences(shared_database) == []


def test_a_balance_is_never_ahead_of_the_pages_or_behind(shared_database: str) -> None:
    """Decision 4: seen from any moment."""
    empty(shared_database)
    done = threading.Event()

    def write() -> None:
        with usage_store(shared_database) as own:
            intake = Intake(own, catalog().meters)
            for n in range(60):
                take(intake, routes_of(), used("sms", 1, NOON, f"{n}"))

    def watch() -> list[tuple[int, int]]:
        seen = []
        with usage_store(shared_database) as own:
            while not done.is_set():
                with own.snapshot() as look:
                    (balance,) = look("SELECT coalesce(sum(entries), 0) AS n FROM usage_balance")
                    found = [own.page(row) for row in look(ALL_PAGES)]
                seen.append((int(balance["n"]), sum(one.entries for one in found)))
        return seen

    with ThreadPoolExecutor(2) as pool:
        watching = pool.submit(watch)
        pool.submit(write).result(PATIENCE)
        done.set()
        seen = watching.result(PATIENCE)
    assert len({balance for balance, _ in seen}) > 2, "it looked while there was writing"
    assert [pair for pair in seen if pair[0] != pair[1]] == []


ALL_PAGES = "SELECT originator_id, originator_version, topic, state FROM usage_events"


def test_a_snapshot_sees_one_moment(store: UsageStore) -> None:
    """What is committed after its first query is not in it."""
    store.save(page())
    with store.snapshot() as look:
        before = look(queries.POSITION)
        store.save(page(version=2))
        assert look(queries.POSITION) == before
        assert len(look(ALL_PAGES)) == 1


def test_pages_up_to_a_position_are_those_of_then(store: UsageStore) -> None:
    """So an invoice can be computed again as of its draft."""
    store.save(page())
    position = store.rows(queries.POSITION)[0]["position"]
    store.save(page(version=2))
    assert [one.originator_version for one in store.pages([SHEET], position)] == [1]


# Checksums


def test_no_changed_bit_of_a_state_passes_for_other_content() -> None:
    """Whatever bit it is: the state is unreadable, or it is still what it was."""
    content = random.Random(1).randbytes(40) + b"a page" * 20
    state = ZstdCompressor().compress(content)
    noticed = 0
    for bit in range(len(state) * 8):
        changed = bytearray(state)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            assert ZstdCompressor().decompress(bytes(changed)) == content
        except zstandard.ZstdError:
            noticed += 1
    assert noticed > len(state) * 8 - 16
