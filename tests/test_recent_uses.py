"""Single uses that are followed: no page is read twice, and what is taken back is gone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from metering.pages import Page
from metering.recent_uses import RecentUses
from metering.store import UsageStore
from tests.amending import one, void
from tests.builders import AUTOMATION, FROM_PURCHASE, Plain, catalog, order, pack
from tests.limiting import counter, left
from tests.running import place, record, usage_store, used

DAY = date(2025, 10, 14)
NOON = "2025-10-14T12:00:00+02:00"
SMS = {"mass_sms": catalog().meters["mass_sms"]}


class Reader:
    """Reads pages and counts them."""

    def __init__(self, store: UsageStore) -> None:
        self._store = store
        self.pages = 0

    def after(self, seen: Mapping[str, int]) -> Iterator[Page]:
        for page in self._store.pages_after(seen):
            self.pages += 1
            yield page


def sent(own: RecentUses, reader: Reader) -> list[Decimal]:
    """The quantities of the runs of a day."""
    days = own.follow("acme-main", [DAY], SMS, reader.after)
    return [use.quantity for day in days for use in day.runs(SMS, [])]


def messages(first: int, last: int) -> list[Plain]:
    return [used("mass_sms", 1, NOON, f"m{n}") for n in range(first, last)]


def campaigns() -> Plain:
    """An order whose campaigns draw on a pack from its purchase on."""
    own = pack("pack_sms_2000", "2025-10-10 00:00")
    return order(addons=AUTOMATION, packs=[own], policies=FROM_PURCHASE)


def test_a_page_is_read_once(database: str) -> None:
    place(database, campaigns())
    record(database, *messages(0, 30))
    with usage_store(database) as store:
        own, reader = RecentUses(), Reader(store)
        assert sent(own, reader) == sent(own, reader) == [30]
        assert reader.pages == 1
        record(database, *messages(30, 35))
        assert sent(own, reader) == [35]
        assert reader.pages == 2


def test_a_decision_reads_the_pages_that_are_new(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(database, campaigns())
    record(database, *messages(0, 30))
    read: list[Page] = []
    real = UsageStore.page

    def page(store: UsageStore, row: Mapping[str, Any]) -> Page:
        read.append(real(store, row))
        return read[-1]

    monkeypatch.setattr(UsageStore, "page", page)
    # Under the order's lock nobody waits for another connection, as a stream of pages would.
    monkeypatch.setattr(UsageStore, "stream", None)
    with counter(database) as own:
        for remaining in ("2069", "2068", "2067"):
            assert left(own.consume("mass_sms")) == remaining
        assert len(read) == 1


def test_what_was_voided_meanwhile_is_not_used(database: str) -> None:
    place(database, campaigns())
    record(database, *messages(0, 30))
    with counter(database) as own:
        assert left(own.consume("mass_sms")) == "2069"
        void(database, one("m3", DAY))
        assert left(own.consume("mass_sms")) == "2069"


def test_what_is_too_much_to_remember_is_read_again(database: str) -> None:
    place(database, campaigns())
    record(database, *messages(0, 30))
    with usage_store(database) as store:
        own, reader = RecentUses(most=10), Reader(store)
        assert sent(own, reader) == sent(own, reader) == [30]
        assert reader.pages == 2
