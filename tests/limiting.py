"""Words for the tests of limits: an order's counter at which units are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

from billing.limits import OrderContracts
from metering.asks import Answer, Ask, Commit, Consume, Granted, Refused, Release, Renew, Reserve
from metering.deciding import Limits
from metering.intake import Intake
from metering.rolling import Roller
from tests.builders import catalog, local
from tests.running import usage_store

START = datetime.fromisoformat(local("2025-10-15 12:00"))
MINUTE = timedelta(minutes=1)


@dataclass
class Counter:
    """Asks for one order, one a second unless time is let pass."""

    url: str
    limits: Limits
    roller: Roller
    order: str = "acme-main"
    now: datetime = START
    _ids: Iterator[int] = field(default_factory=count)

    def ask(self, ask: Ask) -> Answer:
        self.now += timedelta(seconds=1)
        return self.limits.decide([ask], self.now)[0]

    def consume(
        self,
        meter: str,
        quantity: int | str = 1,
        id: str | None = None,  # noqa: A002 - the word of the service
        at: str | None = None,
        user: str = "",
    ) -> Answer:
        moment = datetime.fromisoformat(local(at)) if at else None
        own = id or f"c{next(self._ids)}"
        return self.ask(Consume(self.order, meter, own, Decimal(quantity), user, moment))

    def reserve(
        self,
        meter: str,
        quantity: int | str = 1,
        id: str | None = None,  # noqa: A002 - the word of the service
        ttl: timedelta = MINUTE,
        user: str = "",
    ) -> Answer:
        own = id or f"r{next(self._ids)}"
        return self.ask(Reserve(self.order, meter, own, Decimal(quantity), ttl, user))

    def commit(self, reservation: str, part: str, quantity: int | str = 1) -> Answer:
        return self.ask(Commit(self.order, reservation, part, Decimal(quantity)))

    def renew(self, reservation: str, ttl: timedelta = MINUTE) -> Answer:
        return self.ask(Renew(self.order, reservation, ttl))

    def release(self, reservation: str) -> Answer:
        return self.ask(Release(self.order, reservation))

    def roll(self) -> int:
        return self.roller.roll(self.now)


@contextmanager
def counter(url: str, order: str = "acme-main") -> Iterator[Counter]:
    """The counter of an order that was placed."""
    with usage_store(url) as store:
        limits = Limits(store, catalog().meters, OrderContracts(store, catalog()))
        yield Counter(url, limits, Roller(limits, Intake(store, catalog().meters)), order)


def left(answer: Answer) -> str | None:
    """What a yes says is left; fails on a no."""
    assert isinstance(answer, Granted), answer
    return None if answer.remaining is None else f"{answer.remaining:f}"


def refusal(answer: Answer) -> str:
    """The code of a no, with what is left if it says so; fails on a yes."""
    assert isinstance(answer, Refused), answer
    return answer.code if answer.remaining is None else f"{answer.code} {answer.remaining:f}"
