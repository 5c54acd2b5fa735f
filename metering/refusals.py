"""Why units are not given: a stable code, and what there is to do."""

from __future__ import annotations

from decimal import Decimal

from metering.asks import NOTHING, Refused, Reservation


def limit_reached(meter: str, room: Decimal) -> Refused:
    """There is less than was asked for."""
    left = max(room, NOTHING)
    message = f"{meter} has {left:f} left: free some, buy a pack or raise the limit"
    return Refused("limit_reached", message, left)


def beyond_reservation(own: Reservation) -> Refused:
    """A part is more than is still kept."""
    return Refused("beyond_reservation", f"reservation {own.id} has {own.left:f} left", own.left)


def already_signed_in(user: str) -> Refused:
    """A user has a seat already (R24)."""
    return Refused("already_signed_in", f"{user} is signed in: one seat for each user")


def only_reserved(meter: str) -> Refused:
    """A seat is kept and released; used up, it would be taken beside the one that is kept (R24)."""
    message = f"{meter} are held by users, not used up: make a reservation for the user, release it"
    return Refused("only_reserved", message)


def conflict(key: str) -> Refused:
    """An id came with something else before."""
    message = f"{key} stands for something else already: give each request an id of its own"
    return Refused("id_conflict", message)


def ended(own: Reservation) -> Refused:
    """A reservation is over."""
    message = f"reservation {own.id} ended at {own.ended_at}: make a new one"
    return Refused("reservation_ended", message)


def unknown_reservation(key: str) -> Refused:
    """There is none of that id, or it is another order's."""
    return Refused("unknown_reservation", f"there is no reservation {key}")
