"""Pages: what was packed is what is read, and a page ends where it would be too large."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metering import packing
from metering.entries import shard_of
from metering.intake import Intake
from metering.packing import pack_pages
from metering.pages import SHEET_ENTRIES, unpack_pages
from metering.routes import Routes
from metering.sheets import SHARDS
from tests.builders import catalog, checked, order
from tests.running import RECEIVED, take, usage_store, used, value

NOON = "2025-10-05T12:00:00+02:00"
MAIN = "acme-main"
TWIN = next(f"acme-{n}" for n in range(999) if shard_of(f"acme-{n}", 64) == shard_of(MAIN, 64))
"""An order that shares the sheets of the first."""


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """An entry as it is recorded, extremes included."""
    extreme = st.one_of(st.integers(-(10**15), 10**15), st.sampled_from([1, -1, 2**62, -(2**62)]))
    moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001  # Hypothesis wants them naive
    return {
        "sheet": draw(st.sampled_from(["2025-10-05/07", "2025-10-05/08", "2025-10-06/07"])),
        "order": draw(st.sampled_from([MAIN, TWIN, "zażółć"])),
        "source": draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9)),
        "id": draw(st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=1))),
        "meter": draw(st.sampled_from(["sms", "queues", "api_calls"])),
        "at": draw(moments),
        "quantity": draw(extreme),
        "user": draw(st.one_of(st.just(0), st.integers(0, 2**62))),
        "attributes": draw(st.sampled_from(["", '{"to":"1"}', '{"note":"żółw"}'])),
        "amends": 0,
    }


def unpacked(frame: pl.DataFrame) -> pl.DataFrame:
    """Entries packed into pages and read from them."""
    return unpack_pages(pack_pages(frame, RECEIVED))


@given(st.lists(entries(), min_size=1, max_size=30))
def test_a_page_gives_back_what_was_packed(own: list[dict[str, Any]]) -> None:
    """Every column, in the order of sheet, order and time."""
    frame = pl.DataFrame(own, schema=SHEET_ENTRIES)
    ordered = frame.sort("sheet", "order", "at", maintain_order=True)
    assert unpacked(ordered).rows() == ordered.rows()


def test_a_page_ends_where_it_would_be_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven entries in pages of three: the versions follow one another."""
    monkeypatch.setattr(packing, "MAX_PAGE_ENTRIES", 3)
    one = {"sheet": "2025-10-05/07", "order": MAIN, "source": "s", "meter": "sms", "user": 0}
    many = [
        {**one, "id": b"%d" % n, "at": RECEIVED, "quantity": n, "attributes": ""} for n in range(7)
    ]
    packed = pack_pages(pl.DataFrame(many, schema=SHEET_ENTRIES), RECEIVED)
    assert [(page.originator_version, page.entries) for page in packed] == [(1, 3), (2, 3), (3, 1)]
    assert unpack_pages(packed)["quantity"].to_list() == [*range(7)]


def routes() -> Routes:
    """Two orders of one shard."""
    return {**checked(order(id=MAIN)).routes, **checked(order(id=TWIN)).routes}


def test_a_batch_of_several_pages_is_one_sheet(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is beyond a page's size goes into the next one, and repeats are still found."""
    monkeypatch.setattr(packing, "MAX_PAGE_ENTRIES", 40)
    many = [used("sms", 1, NOON, f"{n}") for n in range(100)]
    with usage_store(database) as store:
        own = Intake(store, catalog().meters)
        assert take(own, routes(), *many).accepted == 100
        assert take(own, routes(), *many).duplicates == 100
        assert take(Intake(store, catalog().meters), routes(), *many).duplicates == 100
    assert value(database, "SELECT max(originator_version) FROM usage_events") == 3


def test_orders_of_a_shard_share_a_page(database: str) -> None:
    """Decision 2: a long tail of small orders costs no more than a few large ones."""
    with usage_store(database) as store:
        events = [used("sms", 1, NOON, "1", order=own) for own in (MAIN, TWIN)]
        take(Intake(store, catalog().meters), routes(), *events)
    assert value(database, "SELECT count(*) FROM usage_events") == 1


def test_the_number_of_shards_never_changes() -> None:
    """The sheets that are recorded are named by it."""
    assert SHARDS == 64
