"""What is asked of limits, and what is answered: values that callers, gates and rows share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Consume:
    """So much is used at once; ``at`` is None where it is used now."""

    order: str
    meter: str
    id: str
    quantity: Decimal
    user: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reserve:
    """So much is kept until it is used, given back or the time is over."""

    order: str
    meter: str
    id: str
    quantity: Decimal
    ttl: timedelta
    user: str = ""


@dataclass(frozen=True, slots=True)
class Renew:
    """A reservation is to live so much longer from now: a seat's heartbeat, a lease's extension."""

    order: str
    reservation: str
    ttl: timedelta


@dataclass(frozen=True, slots=True)
class Commit:
    """A part of a reservation was used."""

    order: str
    reservation: str
    id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Release:
    """What is left of a reservation is given back."""

    order: str
    reservation: str


Ask = Consume | Reserve | Renew | Commit | Release


@dataclass(frozen=True, slots=True)
class Consumed:
    """Units used by a decision: asked for at once, or a part of a ``reservation``.

    ``remaining`` is what the answer said was left, None where nothing bounds the meter. ``bucket``
    is what shares the bound, see `metering.buckets`.
    """

    order: str
    reservation: str
    id: str
    meter: str
    bucket: str
    quantity: Decimal
    user: str
    at: datetime
    decided_at: datetime
    remaining: Decimal | None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Units of a meter that are kept; ``ended_at`` says when it was over, whatever ended it.

    ``bucket`` is what shares the bound of the units that are kept.
    """

    id: str
    order: str
    meter: str
    bucket: str
    quantity: Decimal
    user: str
    made_at: datetime
    expires_at: datetime
    remaining: Decimal | None
    committed: Decimal = NOTHING
    ended_at: datetime | None = None

    @property
    def left(self) -> Decimal:
        """What is still kept."""
        return NOTHING if self.ended_at else self.quantity - self.committed


@dataclass(frozen=True, slots=True)
class Granted:
    """A yes. ``remaining`` is what the meter has left after it, None where nothing bounds it."""

    remaining: Decimal | None
    consumed: Consumed | None = None
    reservation: Reservation | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A no, with a stable code and what there still is."""

    code: str
    message: str
    remaining: Decimal | None = None


Answer = Granted | Refused
