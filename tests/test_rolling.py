"""Rolling: what was decided becomes entries, whatever goes on meanwhile and whoever cannot be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from metering import rolling
from metering.asks import Consume, Granted, Reserve
from metering.decode import Decoded
from metering.intake import Intake, Taken
from metering.rolling import Roller
from tests.builders import catalog, order
from tests.limiting import MINUTE, START, Counter, counter, left, refusal
from tests.running import balances, differences, move_to_unknown_edition, place, rows

MOST_ROUNDS = 5


class Interrupted(Intake):
    """An intake during each of whose saves one more unit is decided."""

    def __init__(self, own: Counter) -> None:
        super().__init__(own.limits.store, catalog().meters)
        self.own = own
        self.rounds = 0

    def take(self, batch: Decoded, *rest: Any) -> Taken:
        taken = super().take(batch, *rest)
        self.rounds += 1
        assert self.rounds <= MOST_ROUNDS, "rolling does not end"
        self.own.consume("disk_bytes")
        return taken


def test_rolling_ends_though_decisions_go_on(database: str) -> None:
    place(database, order())
    with counter(database) as own:
        own.consume("disk_bytes")
        intake = Interrupted(own)
        assert replace(own.roller, intake=intake).roll(own.now) == 1
        assert intake.rounds == 1
        assert own.roll() == 1
    assert differences(database) == []


def test_more_than_is_moved_at_once_is_moved_all_the_same(database: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(rolling, "MOST", 2)
    place(database, order())
    with counter(database) as own:
        for _ in range(5):
            own.consume("queues")
        assert own.roll() == 5
        assert own.roll() == 0
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(5), 5)
    assert differences(database) == []


def test_an_order_waits_until_it_is_rolled(database: str) -> None:
    place(database, order(), order(id="acme-second"))
    with counter(database) as own:
        own.consume("queues")
        assert own.roller.waits("acme-main")
        assert not own.roller.waits("acme-second")
        own.roll()
        assert not own.roller.waits("acme-main")


# An order of an edition that came after the catalog was loaded


def test_it_is_no_hindrance_to_the_others(database: str) -> None:
    place(database, order(), order(id="acme-new"))
    move_to_unknown_edition(database, "acme-new")
    with counter(database) as own:
        asks = [Consume(key, "queues", "a", Decimal(1)) for key in ("acme-main", "acme-new")]
        ours, theirs = own.limits.decide(asks, START)
    assert left(ours) == "14"
    assert refusal(theirs) == "edition_not_loaded"


def test_what_was_kept_for_it_is_used_given_back_or_ends(database: str) -> None:
    place(database, order(), order(id="acme-new"))
    with counter(database) as own:
        asks = [Reserve("acme-new", "queues", key, Decimal(2), MINUTE) for key in ("r", "s", "t")]
        assert all(isinstance(answer, Granted) for answer in own.limits.decide(asks, own.now))
        own.consume("queues")
        move_to_unknown_edition(database, "acme-new")
        new = replace(own, order="acme-new")
        assert left(new.commit("r", "part")) == "1"
        assert isinstance(new.release("s"), Granted)
        own.now += timedelta(hours=1)
        own.roll()
    assert balances(database)["acme-main", "2025-10-15", "queues"] == (Decimal(1), 1)
    assert balances(database)["acme-new", "2025-10-15", "queues"] == (Decimal(1), 1)
    assert rows(database, "SELECT id FROM usage_reservation WHERE ended_at IS NULL") == []


def test_what_only_a_newer_catalog_knows_is_left_to_who_has_it(database: str) -> None:
    place(database, order())
    with counter(database) as own:
        own.consume("queues")
        own.consume("disk_bytes")
        known = {key: meter for key, meter in catalog().meters.items() if key != "disk_bytes"}
        older = Roller(replace(own.limits, meters=known), Intake(own.limits.store, known))
        assert older.roll(own.now) == 1
        assert own.roll() == 1
