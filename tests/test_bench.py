"""`licznik bench`: every measure runs, says what it found, and leaves nothing behind."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import psycopg
import pytest

from entrypoints.bench import by_hand, made_up
from entrypoints.bench.measures import MEASURES, Measured
from metering.decode import decode_in_columns
from metering.lines import Lines
from tests.builders import checked
from tests.running import codes, is_answered, licznik, rows

EVENTS = 2_000


def test_every_measure_is_one_line_in_the_order_of_the_table(database: str) -> None:
    """Contract, section 3."""
    outcome = licznik(database, "bench", "--events", EVENTS, "--json")
    found = [json.loads(line) for line in outcome.out.splitlines()]
    assert [one["what"] for one in found] == [measure.what for measure in MEASURES]
    assert all(list(one) == ["what", "ours", "limit", "ratio", "unit"] for one in found)
    assert all(one["ours"] > 0 and one["limit"] > 0 for one in found)
    assert databases(database) == []


def databases(url: str) -> list[str]:
    """The databases that a bench has left."""
    query = "SELECT datname FROM pg_database WHERE datname LIKE 'licznik_bench%%'"
    return [name for (name,) in rows(url, query)]


def test_only_some_measures_may_be_run(database: str) -> None:
    """As a table, with what is to be reached."""
    outcome = licznik(database, "bench", "bytes_at_rest", "--events", EVENTS)
    assert "bytes_at_rest" in outcome.out
    assert "≤ 0.2" in outcome.out
    assert "import_sparse" not in outcome.out


def test_a_measure_that_there_is_not_is_named(database: str) -> None:
    """With those that there are."""
    outcome = licznik(database, "bench", "import_desne")
    assert is_answered(outcome)
    assert codes(outcome) == ["unknown_measure"]


@pytest.mark.parametrize(("what", "ours"), [("import_dense", 250), ("bytes_at_rest", 20)])
def test_a_ratio_is_reached_from_the_right_side(what: str, ours: int) -> None:
    """More events a second, fewer bytes."""
    (measure,) = (measure for measure in MEASURES if measure.what == what)
    away = 1 if measure.at_least else -1
    assert Measured(measure, ours, 100).reached
    assert not Measured(measure, ours - away, 100).reached


def test_all_made_up_events_are_plain_and_different(tmp_path: Path) -> None:
    """So that both sides of a comparison record every one of them, the fast way."""
    raw = made_up.write_events(tmp_path / "usage.ndjson", EVENTS, 5).read_bytes()
    routes = {key: one for n in range(5) for key, one in checked(ordered(n)).routes.items()}
    decoded = decode_in_columns(Lines(raw), lambda _: routes)
    assert decoded.entries.height == EVENTS
    assert decoded.entries.select(pl.col("id").n_unique()).item() == EVENTS


def ordered(number: int) -> dict[str, object]:
    """A made-up order of the account that the tests know."""
    return {**made_up.order(number), "account": "acme"}


def test_by_hand_a_file_is_recorded_whole(empty_database: str, tmp_path: Path) -> None:
    """The limit is honest: the same events, their quantities and attributes as they came."""
    file = made_up.write_events(tmp_path / "usage.ndjson", EVENTS, 5)
    timed = by_hand.import_file(empty_database, file, EVENTS)
    sent = [json.loads(line) for line in file.read_bytes().splitlines()]
    with psycopg.connect(empty_database) as connection:
        query = "SELECT id, quantity, attributes FROM by_hand"
        found = {key: (quantity, own) for key, quantity, own in connection.execute(query)}
    assert timed.events == EVENTS
    assert found == {one["id"]: (one["data"].pop("quantity"), one["data"]) for one in sent}
