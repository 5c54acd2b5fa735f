"""Which limits are nearly full: reckoned again where something happened, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from invoices.drafting import customers
from invoices.fullness import Watch
from tests.builders import catalog, order, pack
from tests.running import (
    decision_store,
    licznik,
    move_to_unknown_edition,
    place,
    record,
    usage_store,
    used,
)

NOON = datetime(2025, 10, 15, 10, tzinfo=UTC)
IN_THE_MORNING = "2025-10-15T08:00:00+02:00"


@pytest.fixture
def orders(database: str) -> str:
    """Two orders with 5000 SMS each, of which the first has used 4500."""
    packs = [pack("pack_sms_5000")]
    place(database, order(packs=packs), order(id="other", packs=packs))
    record(
        database,
        used("sms", 4_500, IN_THE_MORNING, "1"),
        used("sms", 100, IN_THE_MORNING, "2", order="other"),
    )
    return database


@pytest.fixture
def watch(orders: str) -> Iterator[Watch]:
    """Somebody who looks at them."""
    with decision_store(orders) as decisions, usage_store(orders) as usage:
        yield Watch(decisions, usage, catalog())


@pytest.fixture
def reckoned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The orders that were reckoned, as they are."""
    found: list[str] = []

    def listed(decisions: Any, period: Any, orders: list[str]) -> Any:
        found.extend(orders)
        return customers(decisions, period, orders)

    monkeypatch.setattr("invoices.fullness.customers", listed)
    return found


def near(watch: Watch, now: datetime = NOON) -> list[tuple[str, str]]:
    """What is nearly full, with how full it is."""
    return [(own.order, str(own.gauge.fill)) for own in watch.look(now).near]


def test_what_is_nearly_full_is_found(watch: Watch) -> None:
    """90 of 100; the other order is far from it."""
    assert near(watch) == [("acme-main", "90.00")]


def test_an_order_is_reckoned_when_it_uses_more(
    orders: str, watch: Watch, reckoned: list[str]
) -> None:
    """And only that one."""
    near(watch)
    near(watch)
    assert reckoned == ["acme-main", "other"]
    record(orders, used("sms", 4_900, IN_THE_MORNING, "3", order="other"))
    assert near(watch) == [("other", "100.00"), ("acme-main", "90.00")]
    assert reckoned == ["acme-main", "other", "other"]


def test_an_order_is_reckoned_when_it_is_changed(orders: str, watch: Watch) -> None:
    """With one more pack it has used 45 per cent."""
    near(watch)
    bought = ("acme-main", "pack_sms_5000", "--at", IN_THE_MORNING)
    assert licznik(orders, "orders", "add", "pack", *bought).status == 0
    assert near(watch) == []


def test_an_hour_later_all_are_reckoned(watch: Watch, reckoned: list[str]) -> None:
    """Packs begin and end though nothing is used."""
    near(watch)
    near(watch, NOON + timedelta(hours=1))
    assert reckoned == ["acme-main", "other"] * 2


def test_many_orders_are_reckoned_a_few_at_a_time(orders: str, watch: Watch) -> None:
    """Whoever looks is told how many are left; those that were never looked at come first."""
    watch.at_once = 1
    record(orders, used("sms", 4_900, IN_THE_MORNING, "3", order="other"))
    assert [watch.look(NOON).left for _ in range(2)] == [1, 0]
    assert len(near(watch)) == 2


def test_an_order_of_an_edition_that_is_not_loaded_hides_no_other(
    orders: str, watch: Watch
) -> None:
    """A newer program has moved it there."""
    move_to_unknown_edition(orders, "other")
    assert near(watch) == [("acme-main", "90.00")]


def test_another_month_begins_with_nothing(watch: Watch) -> None:
    """The pack was for October."""
    near(watch)
    assert near(watch, datetime(2025, 10, 31, 23, tzinfo=UTC)) == []
