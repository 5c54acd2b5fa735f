"""Runs decisions on limits: many asks in one transaction, each order under its lock.

A group of asks costs one commit, however many callers wait for it. The orders of a group are locked
in the order of their ids, so that groups of several processes never wait for each other in a ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from metering import limit_queries
from metering.asks import NOTHING, Answer, Ask, Commit, Consume, Refused, Reservation, Reserve
from metering.history import Rows
from metering.limit_rows import changes, consumed, reservation
from metering.limits import Gate, Known, Rooms
from metering.meters import Meter
from metering.problems import Problem
from metering.store import Ahead, SaveConflict, UsageStore, rows_ahead, run

ATTEMPTS = 5

Clock = Callable[[], datetime]


class Contracts(Protocol):
    """Finds what the contracts of orders leave to be used."""

    def ahead(self, asks: Sequence[Ask]) -> list[Ahead]:
        """Queries that the rooms of asks will need in any case."""

    def open(self, rows: Rows, orders: Sequence[str]) -> Mapping[str, Rooms]:
        """The rooms of some orders by their contracts as they are now, read by ``rows``."""


class NoRooms:
    """The rooms of orders that nobody asks for anything."""

    def problem(self, meter: str, at: datetime) -> Problem | None:
        """Whatever is asked for, it is not there."""
        return Problem("unknown_meter", "meter", f"there is no meter {meter}")

    def room(
        self, meter: str, at: datetime, user: str, held: Mapping[tuple[str, str], Decimal]
    ) -> Decimal | None:
        """Nothing may be used."""
        return NOTHING

    def latest(self, meter: str) -> datetime | None:
        """No meter ever changed."""
        return None


NO_ROOMS = NoRooms()


@dataclass(frozen=True)
class Limits:
    """Decides asks on the orders of a store. ``meters`` are all that any edition knows."""

    store: UsageStore
    meters: Mapping[str, Meter]
    contracts: Contracts

    def decide(self, asks: Sequence[Ask], now: datetime | Clock) -> list[Answer]:
        """The answer to each ask, in their order; a yes is durable when this returns.

        A clock is asked only when all orders are locked: what is granted for a time has all of it.
        """
        clock = now if callable(now) else lambda: now
        orders = sorted({ask.order for ask in asks})
        for _ in range(ATTEMPTS):
            try:
                return self._decide(asks, orders, clock)
            except SaveConflict:
                continue  # another order took the id of a reservation meanwhile: look again
        raise SaveConflict("the ids of reservations were taken by other orders")

    def expire(self, now: datetime, order: str | None = None) -> int:
        """Ends reservations whose time is over, of one order or of all; says for how many."""
        due = self.store.rows(limit_queries.DUE_ORDERS, now=now, order=order)
        orders = [row["order_id"] for row in due]
        if orders:
            self._decide([], orders, lambda: now)
        return len(orders)

    def reservation(self, key: str) -> Reservation | None:
        """A reservation by its id."""
        rows = self.store.rows(limit_queries.RESERVATION, key)
        return reservation(rows[0]) if rows else None

    def open_reservations(
        self, order: str, now: datetime, after: str, most: int
    ) -> list[Reservation]:
        """The first of what an order keeps now, by id, after one."""
        rows = self.store.rows(limit_queries.OPEN_RESERVATIONS, order, now, after, most)
        return [reservation(row) for row in rows]

    def _decide(self, asks: Sequence[Ask], orders: list[str], clock: Clock) -> list[Answer]:
        with self.store.datastore.transaction(commit=True) as curs:
            # Whatever need not know the time travels with the lock: each way there and back counts.
            with curs.connection.pipeline():
                rows = rows_ahead(curs.connection, self._ahead(asks, orders))
            gates = self._gates(rows, asks, orders, clock())
            answers = [_answer(gates, ask) for ask in asks]
            for statement in changes(gates.values()):
                run(curs, statement)
        return answers

    def _ahead(self, asks: Sequence[Ask], orders: list[str]) -> list[Ahead]:
        """The queries that come first, the lock the very first of all."""
        return [
            (limit_queries.LOCK_ORDERS, (orders,)),
            *self.contracts.ahead(asks),
            (limit_queries.CONSUMED, _decision_keys(asks)),
            (limit_queries.HOLDS, (orders,)),
        ]

    def _gates(
        self, rows: Rows, asks: Sequence[Ask], orders: list[str], now: datetime
    ) -> dict[str, Gate]:
        """A gate for each order that there is, which knows whatever the asks refer to."""
        # Time is over whatever the contract says, and even where it cannot be read.
        rooms = self.contracts.open(rows, orders) if asks else dict.fromkeys(orders, NO_ROOMS)
        found = rows(limit_queries.RESERVATIONS, _reservations(asks), orders, now)
        # Every gate knows them all: an id that another order has, or takes just now, is refused.
        kept = {own.id: own for own in map(reservation, found)}
        gates = {
            key: Gate(key, self.meters, own, now, Known(reservations=kept))
            for key, own in rooms.items()
        }
        known = {key: gate.known for key, gate in gates.items()}
        for row in rows(limit_queries.CONSUMED, *_decision_keys(asks)):
            own = consumed(row)
            known[own.order].consumed[own.reservation, own.id] = own
        for row in rows(limit_queries.HOLDS, orders):
            known[row["order_id"]].held[row["meter"], row["bucket"]] = row["held"]
        users = sorted({ask.user for ask in asks if isinstance(ask, Reserve) and ask.user})
        for row in rows(limit_queries.SEATS, orders, users, now) if users else ():
            known[row["order_id"]].seats[row["meter"], row["user_name"]] = row["id"]
        for gate in gates.values():
            gate.expire()
        return gates


def _answer(gates: Mapping[str, Gate], ask: Ask) -> Answer:
    gate = gates.get(ask.order)
    return gate.decide(ask) if gate else Refused("unknown_order", f"there is no order {ask.order}")


def _decision_keys(asks: Iterable[Ask]) -> tuple[list[str], list[str], list[str]]:
    """The orders, reservations and ids of the decisions that asks stand for."""
    own = [ask for ask in asks if isinstance(ask, Consume | Commit)]
    reservations = ["" if isinstance(ask, Consume) else ask.reservation for ask in own]
    return [ask.order for ask in own], reservations, [ask.id for ask in own]


def _reservations(asks: Iterable[Ask]) -> list[str]:
    """The reservations that asks make or refer to."""
    named = (ask for ask in asks if not isinstance(ask, Consume))
    return sorted({ask.id if isinstance(ask, Reserve) else ask.reservation for ask in named})
