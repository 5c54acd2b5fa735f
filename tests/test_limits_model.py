"""Reservations against a model: whatever is asked in whatever order, both say the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from metering.asks import Answer, Granted
from tests.builders import order
from tests.limiting import START, Counter, counter
from tests.running import balances, differences, place, rows

LIMIT = 15
"""The queues of package Pro."""

ORDERS = count()
UNITS = st.integers(1, 9)
SECONDS = st.integers(1, 90)


@dataclass
class Kept:
    """A reservation of the model."""

    quantity: int
    until: datetime
    parts: dict[str, int] = field(default_factory=dict)
    is_open: bool = True

    @property
    def left(self) -> int:
        return self.quantity - sum(self.parts.values()) if self.is_open else 0


@dataclass
class Model:
    """What was used and what is kept, in plain whole numbers."""

    used: int = 0
    consumed: dict[str, int] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)

    def pass_time(self, now: datetime) -> None:
        for own in self.kept.values():
            own.is_open = own.is_open and own.until > now

    @property
    def free(self) -> int:
        return LIMIT - self.used - sum(own.left for own in self.kept.values())

    def consume(self, key: str, units: int) -> bool:
        if key in self.consumed:
            return self.consumed[key] == units
        if units > self.free:
            return False
        self.consumed[key] = units
        self.used += units
        return True

    def reserve(self, key: str, units: int, until: datetime) -> bool:
        if key in self.kept:
            return self.kept[key].is_open and self.kept[key].quantity == units
        if units > self.free:
            return False
        self.kept[key] = Kept(units, until)
        return True

    def commit(self, key: str, part: str, units: int) -> bool:
        own = self.kept.get(key)
        if own is None:
            return False
        if part in own.parts:
            return own.parts[part] == units
        if units > own.left:
            return False
        own.parts[part] = units
        self.used += units
        own.is_open = own.quantity > sum(own.parts.values())
        return True


def machine(counters: Iterator[Counter]) -> type[RuleBasedStateMachine]:
    """Asks the engine and the model the same; every example has an order of its own."""

    class Reservations(RuleBasedStateMachine):
        ids = Bundle("ids")
        keys = Bundle("keys")

        def __init__(self) -> None:
            super().__init__()
            self.own = next(counters)
            self.model = Model()

        def agree(self, answer: Answer, expected: bool) -> None:
            assert isinstance(answer, Granted) == expected, answer

        @rule(target=keys, number=st.integers(0, 4))
        def name_a_request(self, number: int) -> str:
            return f"{self.own.order}-c{number}"

        @rule(target=ids, number=st.integers(0, 4))
        def name_a_reservation(self, number: int) -> str:
            return f"{self.own.order}-r{number}"

        def moment(self) -> datetime:
            """When the next answer is given: asking takes a second."""
            moment = self.own.now + timedelta(seconds=1)
            self.model.pass_time(moment)
            return moment

        @rule(key=keys, units=UNITS)
        def consume(self, key: str, units: int) -> None:
            self.moment()
            expected = self.model.consume(key, units)
            self.agree(self.own.consume("queues", units, id=key), expected)

        @rule(key=ids, units=UNITS, seconds=SECONDS)
        def reserve(self, key: str, units: int, seconds: int) -> None:
            ttl = timedelta(seconds=seconds)
            expected = self.model.reserve(key, units, self.moment() + ttl)
            self.agree(self.own.reserve("queues", units, id=key, ttl=ttl), expected)

        @rule(key=ids, part=st.sampled_from("abc"), units=UNITS)
        def commit(self, key: str, part: str, units: int) -> None:
            self.moment()
            self.agree(self.own.commit(key, part, units), self.model.commit(key, part, units))

        @rule(key=ids, seconds=SECONDS)
        def renew(self, key: str, seconds: int) -> None:
            until = self.moment() + timedelta(seconds=seconds)
            kept = self.model.kept.get(key)
            expected = kept is not None and kept.is_open
            if kept is not None and kept.is_open:
                kept.until = max(kept.until, until)
            self.agree(self.own.renew(key, timedelta(seconds=seconds)), expected)

        @rule(key=ids)
        def release(self, key: str) -> None:
            self.moment()
            kept = self.model.kept.get(key)
            if kept is not None:
                kept.is_open = False
            self.agree(self.own.release(key), kept is not None)

        @rule(seconds=st.integers(1, 60))
        def wait(self, seconds: int) -> None:
            self.own.now += timedelta(seconds=seconds)

        @rule()
        def roll(self) -> None:
            self.own.roll()

        @invariant()
        def never_beyond_the_limit(self) -> None:
            assert self.model.free >= 0

        def teardown(self) -> None:
            """In the end the pages hold exactly what was granted."""
            self.own.roll()
            order_id = self.own.order
            url = self.own.url
            found = [used for (own, _, _), (used, _) in balances(url).items() if own == order_id]
            assert sum(found) == self.model.used
            reserved = "SELECT coalesce(sum(reserved), 0) FROM usage_hold WHERE order_id = %s"
            self.model.pass_time(self.own.now)
            kept = sum(own.left for own in self.model.kept.values())
            assert rows(url, reserved, order_id) == [(kept,)]

    return Reservations


@contextmanager
def counters(url: str) -> Iterator[Iterator[Counter]]:
    """Counters of ever new orders."""
    with counter(url) as own:

        def following() -> Iterator[Counter]:
            while True:
                key = f"order-{next(ORDERS)}"
                place(url, order(id=key))
                yield Counter(url, own.limits, own.roller, key, START)

        yield following()


def test_reservations_do_as_the_model(database: str) -> None:
    with counters(database) as following:
        run_state_machine_as_test(
            machine(following),
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert differences(database) == []
