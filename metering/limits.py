"""Decisions on limits: what may be used now, what is kept for later, and what is given back.

A `Gate` stands for one order. It decides asks one after another, purely: what the order has
recorded, what others hold and how much room its contract leaves are given to it, and what changed
is read from it afterwards. Whoever runs it holds the order's lock, so no two gates of an order
decide at once (`metering.deciding`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from metering import refusals
from metering.asks import (
    NOTHING,
    Answer,
    Ask,
    Commit,
    Consume,
    Consumed,
    Granted,
    Refused,
    Release,
    Renew,
    Reservation,
    Reserve,
)
from metering.buckets import bucket_of, month_of
from metering.meters import Held, Meter
from metering.problems import Problem

LAST_INSTANT = timedelta(microseconds=1)


class Rooms(Protocol):
    """How much more an order's contract lets it use."""

    def problem(self, meter: str, at: datetime) -> Problem | None:
        """Why a meter may not be used at an instant at all."""

    def room(
        self, meter: str, at: datetime, user: str, held: Mapping[tuple[str, str], Decimal]
    ) -> Decimal | None:
        """The units of a meter that may still be used at an instant; None: as many as one likes.

        ``held`` are units, by meter and bucket, that are decided or kept and not yet recorded.
        """

    def latest(self, meter: str) -> datetime | None:
        """When a stock meter changed last; later decisions without a time do not precede it."""


@dataclass
class Known:
    """What is known before an ask is decided, the decisions just made among it.

    ``consumed`` and ``reservations`` are those that the asks name; the gates that decide together
    share the latter, as an id stands for one reservation whatever its order. ``seats`` are the open
    reservations of the asks' users, by meter and user; ``held`` is what is decided or kept and not
    yet recorded, by meter and bucket.
    """

    consumed: dict[tuple[str, str], Consumed] = field(default_factory=dict)
    reservations: dict[str, Reservation] = field(default_factory=dict)
    seats: dict[tuple[str, str], str] = field(default_factory=dict)
    held: dict[tuple[str, str], Decimal] = field(default_factory=dict)


@dataclass
class Outcome:
    """What decisions change: ``moves`` are of what is pending and kept, by meter and bucket."""

    used: list[Consumed] = field(default_factory=list)
    changed: dict[str, Reservation] = field(default_factory=dict)
    moves: dict[tuple[str, str], tuple[Decimal, Decimal]] = field(default_factory=dict)


@dataclass
class Gate:
    """Decides the asks of one order."""

    order: str
    meters: Mapping[str, Meter]
    rooms: Rooms
    now: datetime
    known: Known = field(default_factory=Known)
    outcome: Outcome = field(default_factory=Outcome)

    def decide(self, ask: Ask) -> Answer:
        """The answer to an ask; a yes is taken into account by whatever comes after it."""
        match ask, self._own(ask):
            case Consume() as use, _:
                return self._consume(use)
            case Reserve() as keep, _:
                return self._reserve(keep)
            case Renew() as renewal, Reservation() as own:
                return self._renew(own, renewal)
            case Commit() as part, Reservation() as own:
                return self._commit(own, part)
            case Release(), Reservation() as own:
                return self._release(own)
            case (Renew() | Commit() | Release()) as other, _:
                return refusals.unknown_reservation(other.reservation)

    def _own(self, ask: Ask) -> Reservation | None:
        """The reservation of the order that an ask refers to."""
        if isinstance(ask, Consume | Reserve):
            return None
        own = self.known.reservations.get(ask.reservation)
        return own if own is not None and own.order == self.order else None

    def expire(self) -> None:
        """Ends every known reservation whose time is over."""
        for own in list(self.known.reservations.values()):
            mine = own.order == self.order
            if mine and own.ended_at is None and own.expires_at <= self.now:
                self._end(own, own.expires_at)

    def _consume(self, ask: Consume) -> Answer:
        known = self.known.consumed.get(("", ask.id))
        if known is not None:
            return (
                Granted(known.remaining, known)
                if _is_same(known, ask)
                else refusals.conflict(ask.id)
            )
        if self._is_seat(ask.meter):
            return refusals.only_reserved(ask.meter)
        at = ask.at or self._moment(ask.meter)
        remaining = self._left_after(ask, at)
        if isinstance(remaining, Refused):
            return remaining
        own = Consumed(
            order=ask.order,
            reservation="",
            id=ask.id,
            meter=ask.meter,
            bucket=self._bucket(ask, at),
            quantity=ask.quantity,
            user=ask.user,
            at=at,
            decided_at=self.now,
            remaining=remaining,
        )
        self._use(own)
        return Granted(remaining, own)

    def _reserve(self, ask: Reserve) -> Answer:
        known = self.known.reservations.get(ask.id)
        if known is not None:
            return self._again(known, ask)
        if self._is_seat(ask.meter) and (ask.meter, ask.user) in self.known.seats:
            return refusals.already_signed_in(ask.user)
        remaining = self._left_after(ask, self.now)
        if isinstance(remaining, Refused):
            return remaining
        own = Reservation(
            id=ask.id,
            order=ask.order,
            meter=ask.meter,
            bucket=self._bucket(ask, self.now),
            quantity=ask.quantity,
            user=ask.user,
            made_at=self.now,
            expires_at=self.now + ask.ttl,
            remaining=remaining,
        )
        self._keep(own)
        self.known.seats[own.meter, own.user] = own.id
        self._move((own.meter, own.bucket), reserved=own.quantity)
        return Granted(remaining, reservation=own)

    def _is_seat(self, meter: str) -> bool:
        """Whether a user holds one at a time, which is kept and released but never used up."""
        known = self.meters.get(meter)
        return known is not None and known.held is Held.BY_USER

    def _left_after(self, ask: Consume | Reserve, at: datetime) -> Decimal | Refused | None:
        """What the meter has left after an ask, None where nothing bounds it; or why not."""
        problem = self.rooms.problem(ask.meter, at)
        if problem is not None:
            return Refused(problem.code, problem.message)
        room = self.rooms.room(ask.meter, at, ask.user, self.known.held)
        if room is None:
            return None
        return (
            room - ask.quantity if ask.quantity <= room else refusals.limit_reached(ask.meter, room)
        )

    def _again(self, known: Reservation, ask: Reserve) -> Answer:
        """The same reservation asked for again: the same answer while it is open."""
        asked = (ask.order, ask.meter, ask.quantity, ask.user)
        if (known.order, known.meter, known.quantity, known.user) != asked:
            return refusals.conflict(ask.id)
        return (
            refusals.ended(known) if known.ended_at else Granted(known.remaining, reservation=known)
        )

    def _renew(self, own: Reservation, ask: Renew) -> Answer:
        if own.ended_at:
            return refusals.ended(own)
        # A late heartbeat never shortens what an earlier one has promised.
        renewed = replace(own, expires_at=max(own.expires_at, self.now + ask.ttl))
        self._keep(renewed)
        return Granted(own.remaining, reservation=renewed)

    def _commit(self, own: Reservation, ask: Commit) -> Answer:
        known = self.known.consumed.get((own.id, ask.id))
        if known is not None:
            same = known.quantity == ask.quantity
            return Granted(known.remaining, known, own) if same else refusals.conflict(ask.id)
        if self._is_seat(own.meter):
            return refusals.only_reserved(own.meter)
        if own.ended_at:
            return refusals.ended(own)
        if ask.quantity > own.left:
            return refusals.beyond_reservation(own)
        after = replace(own, committed=own.committed + ask.quantity)
        part = Consumed(
            order=own.order,
            reservation=own.id,
            id=ask.id,
            meter=own.meter,
            bucket=own.bucket,
            quantity=ask.quantity,
            user=own.user,
            at=self._within(own),
            decided_at=self.now,
            remaining=after.left,
        )
        self._use(part)
        self._move((own.meter, own.bucket), reserved=-ask.quantity)
        self._keep(after)
        if after.left == 0:
            self._end(after, self.now)
        return Granted(part.remaining, part, self.known.reservations[own.id])

    def _release(self, own: Reservation) -> Answer:
        """Gives back what is left; what is over already has nothing left, which is no mistake."""
        if own.ended_at is None:
            self._end(own, self.now)
        return Granted(None, reservation=self.known.reservations[own.id])

    def _end(self, own: Reservation, at: datetime) -> None:
        if own.left:
            self._move((own.meter, own.bucket), reserved=-own.left)
        self.known.seats.pop((own.meter, own.user), None)
        self._keep(replace(own, ended_at=at))

    def _moment(self, meter: str) -> datetime:
        """Now, or the meter's last change where another process's clock is ahead of ours."""
        latest = self.rooms.latest(meter)
        ahead = latest is not None and self.now < latest <= self.now + CLOCKS_APART
        return latest if latest is not None and ahead else self.now

    def _within(self, own: Reservation) -> datetime:
        """When a part is used: now, in the period whose units were kept."""
        if not own.bucket:
            return self._moment(own.meter)
        month = month_of(own.bucket)
        # The clock of the process that kept the units may be ahead of this one's.
        return max(month.start, min(self.now, month.end - LAST_INSTANT))

    def _bucket(self, ask: Consume | Reserve, at: datetime) -> str:
        return bucket_of(self.meters[ask.meter], at, ask.user)

    def _use(self, own: Consumed) -> None:
        self.known.consumed[own.reservation, own.id] = own
        self.outcome.used.append(own)
        self._move((own.meter, own.bucket), pending=own.quantity)

    def _keep(self, own: Reservation) -> None:
        self.known.reservations[own.id] = own
        self.outcome.changed[own.id] = own

    def _move(
        self, key: tuple[str, str], pending: Decimal = NOTHING, reserved: Decimal = NOTHING
    ) -> None:
        before = self.outcome.moves.get(key, (NOTHING, NOTHING))
        self.outcome.moves[key] = (before[0] + pending, before[1] + reserved)
        self.known.held[key] = self.known.held.get(key, NOTHING) + pending + reserved


CLOCKS_APART = timedelta(seconds=5)
"""So far may the clocks of two processes differ; a decision without a time never looks back."""


def _is_same(known: Consumed, ask: Consume) -> bool:
    """Whether an ask says nothing else than the decision that its id stands for."""
    asked = (ask.meter, ask.quantity, ask.user, ask.at or known.at)
    return (known.meter, known.quantity, known.user, known.at) == asked
