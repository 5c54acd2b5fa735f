"""Single entries of an order: each once, in order of time, whole, and in bounded pieces."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering.calendar import Span
from metering.itemised import SECOND, Itemised, cut, is_kept, read_itemised
from metering.written import ATTRIBUTES, WRITTEN
from tests.builders import Plain, addon, catalog, order, pack
from tests.running import held, place, record, usage_store, used, value

OCTOBER = Span(date(2025, 10, 1), date(2025, 10, 31))
TODAY = date(2025, 11, 3)
NOON = "2025-10-05T12:00:00+02:00"


@pytest.fixture
def ordered(database: str) -> str:
    """Two orders of one account."""
    packs = [pack("pack_training_oneoff_5h")]
    place(database, order(packs=packs, addons=[addon("tts")]), order(id="acme-two"))
    return database


def entries(
    url: str, own: str = "acme-main", today: date = TODAY, **given: Any
) -> list[dict[str, Any]]:
    """An order's entries of October."""
    with usage_store(url) as store:
        with store.snapshot() as rows:
            items = read_itemised(store, rows, own, OCTOBER, catalog().meters, today=today)
        return [row for frame in frames(items, **given) for row in frame.iter_rows(named=True)]


def frames(items: Itemised, **given: Any) -> list[pl.DataFrame]:
    """The frames of some entries, read in another way if told."""
    return list(replace(items, **given).frames())


def test_an_entry_has_every_field_of_billing_data(ordered: str) -> None:
    """R121: date, both numbers, operator, direction, category, duration, cost, status."""
    told = {
        "from": "+48222289289",
        "to": "+48600100200",
        "operator": "Orange",
        "direction": "out",
        "category": "call",
        "duration_seconds": 61,
        "cost": "0.09",
        "status": "answered",
    }
    record(ordered, used("sms", 3, NOON, "e-1", user="anna@acme.pl", campaign={"no": 7}, **told))
    (entry,) = entries(ordered)
    assert {name: entry[name] for name in ATTRIBUTES} == {**told, "duration_seconds": "61"}
    assert (entry["time"], entry["meter"], entry["quantity"]) == (NOON, "sms", "3")
    assert (entry["unit"], entry["user"]) == ("message", "anna@acme.pl")
    assert (entry["source"], entry["id"]) == ("/platform/node-3", "e-1")
    assert entry["recorded"] == "2025-11-03T13:00:00+01:00"
    assert orjson.loads(entry["attributes"]) == {"campaign": {"no": 7}}
    assert list(entry) == list(WRITTEN)


def test_what_an_entry_does_not_have_is_null(ordered: str) -> None:
    """No user, no attribute, no invoice to be late for."""
    record(ordered, used("sms", 1, NOON, "e-1"))
    (entry,) = entries(ordered)
    assert {entry[name] for name in (*ATTRIBUTES, "user", "attributes")} == {None}
    assert entry["late"] is False


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2025-10-26T00:30:00Z", "2025-10-26T02:30:00+02:00"),
        ("2025-10-26T01:30:00Z", "2025-10-26T02:30:00+01:00"),
        ("2025-10-05T12:00:00.000001+02:00", "2025-10-05T12:00:00.000001+02:00"),
        ("2025-10-05T12:00:00.5+02:00", "2025-10-05T12:00:00.500000+02:00"),
    ],
)
def test_times_are_local_and_exact(ordered: str, written: str, shown: str) -> None:
    """R122: ISO 8601 with the offset of the day, and microseconds where there are any."""
    record(ordered, used("sms", 1, written, "e-1"))
    assert [entry["time"] for entry in entries(ordered)] == [shown]


def test_quantities_are_exact_text(ordered: str) -> None:
    """Of a stock meter with their sign, of hours with their decimals, without needless zeros."""
    record(
        ordered,
        held("queues", 3, NOON, "a"),
        held("queues", -2, NOON, "b"),
        used("training_hours", "1.250000", NOON, "c"),
        used("training_hours", "0.000001", NOON, "d"),
        used("training_hours", "40", NOON, "e"),
        used("tts_characters", 10**15, NOON, "f"),
    )
    shown = [entry["quantity"] for entry in entries(ordered)]
    assert shown == ["3", "-2", "1.25", "0.000001", "40", "1000000000000000"]


HOSTILE = {
    "from": '=HYPERLINK("http://evil","x")',
    "to": 48600100200,
    "operator": ["a", 1],
    "direction": 'a\nb\r\nc\t"quoted", and more',
    "cost": True,
    "status": "\u202eabc عربى 🙂" + "x" * 5000,
    "<b>": "<script>alert(1)</script>",
}


def test_attributes_of_any_shape_are_kept(ordered: str) -> None:
    """Text as it is, anything else as JSON; what has no column is left over."""
    record(ordered, used("sms", 1, NOON, "e-1", **HOSTILE))
    (entry,) = entries(ordered)
    text = {name: HOSTILE[name] for name in ("from", "direction", "status")}
    assert {name: entry[name] for name in text} == text
    assert (entry["to"], entry["operator"], entry["cost"]) == ("48600100200", '["a",1]', "true")
    assert orjson.loads(entry["attributes"]) == {"<b>": HOSTILE["<b>"]}


def many(own: str, count: int) -> list[Plain]:
    """Entries of two days, neither in order nor all apart in time."""
    return [
        used(
            "api_calls",
            n + 1,
            f"2025-10-0{4 + n % 2}T{n * 7 % 24:02}:{n * 11 % 60:02}:00+02:00",
            f"{own}-{n * 7919 % count:05}",
            order=own,
            user=f"user {n % 3}",
        )
        for n in range(count)
    ]


def test_entries_come_in_order_and_only_the_order_s_own(ordered: str) -> None:
    """Sheets hold the entries of many orders."""
    record(ordered, *many("acme-main", 300), *many("acme-two", 300))
    found = entries(ordered)
    assert found == sorted(found, key=lambda own: (own["time"], own["source"], own["id"]))
    assert {own["id"] for own in found} == {f"acme-main-{n:05}" for n in range(300)}
    assert sum(int(own["quantity"]) for own in found) == sum(range(1, 301))


@pytest.mark.parametrize("window", [1, 7, 100])
def test_windows_give_the_same_entries(ordered: str, window: int) -> None:
    """However small a window is, and though its entries came in several pages."""
    sent = many("acme-main", 300)
    for start in range(0, 300, 100):
        record(ordered, *sent[start : start + 100])
    assert entries(ordered, window=window) == entries(ordered)
    assert len(entries(ordered, window=window)) == 300


def test_no_window_is_larger_than_asked(ordered: str) -> None:
    """So that memory stays bounded."""
    record(ordered, *many("acme-main", 300))
    with usage_store(ordered) as store:
        with store.snapshot() as rows:
            items = read_itemised(store, rows, "acme-main", OCTOBER, catalog().meters, today=TODAY)
        sizes = [frame.height for frame in frames(items, window=20)]
    assert max(sizes) <= 20
    assert sum(sizes) == items.entries == 300


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(1, 8))
def test_a_cut_day_has_every_entry_in_one_window(counts: list[int], most: int) -> None:
    """Windows follow each other; one is too large only where it is a single second."""
    windows = list(cut(np.array(counts), most))
    sums = [sum(counts[start // SECOND : end // SECOND]) for start, end in windows]
    assert sum(sums) == sum(counts)
    assert all(before[1] <= after[0] for before, after in pairwise(windows))
    assert all(
        0 < total <= most or end - start == SECOND
        for (start, end), total in zip(windows, sums, strict=True)
    )


def test_what_is_recorded_meanwhile_is_not_shown(ordered: str) -> None:
    """Entries are those of the moment that the summary beside them tells of."""
    record(ordered, used("sms", 1, NOON, "before"))
    with usage_store(ordered) as store:
        with store.snapshot() as rows:
            items = read_itemised(store, rows, "acme-main", OCTOBER, catalog().meters, today=TODAY)
        record(ordered, used("sms", 1, NOON, "after"))
        assert [frame["id"].to_list() for frame in frames(items)] == [["before"]]


def test_entries_after_an_invoice_are_late(ordered: str) -> None:
    """Those beyond the position of the record on which the invoice rests."""
    record(ordered, used("sms", 1, NOON, "in time"))
    position = value(ordered, "SELECT max(notification_id) FROM usage_events")
    record(ordered, used("sms", 1, NOON, "late"))
    found = entries(ordered, invoiced=position)
    assert [(own["id"], own["late"]) for own in found] == [("in time", False), ("late", True)]


@pytest.mark.parametrize(("days", "kept"), [(0, True), (365, True), (366, False)])
def test_entries_are_shown_for_365_days(days: int, kept: bool) -> None:
    """R123: the 365th day is the last."""
    day = date(2025, 1, 1)
    assert is_kept(day, day + timedelta(days=days)) is kept


def test_the_last_day_to_export_the_first_of_january() -> None:
    """R123: an event of 2025-01-01 until 2026-01-01, inclusive."""
    assert is_kept(date(2025, 1, 1), date(2026, 1, 1))
    assert not is_kept(date(2025, 1, 1), date(2026, 1, 2))


def test_older_entries_are_left_away(ordered: str) -> None:
    """The younger days of the same month are still shown."""
    record(ordered, used("sms", 1, NOON, "old"), used("sms", 1, "2025-10-06T12:00:00Z", "kept"))
    assert [own["id"] for own in entries(ordered, today=date(2026, 10, 6))] == ["kept"]
