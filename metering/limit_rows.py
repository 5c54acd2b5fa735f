"""Decisions and reservations between their rows and their values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson

from metering import limit_queries
from metering.asks import Consumed, Reservation
from metering.limits import Gate
from metering.store import Statement

Row = Mapping[str, Any]


def consumed(row: Row) -> Consumed:
    """A decision from its row."""
    return Consumed(
        order=row["order_id"],
        reservation=row["reservation"],
        id=row["id"],
        meter=row["meter"],
        bucket=row["bucket"],
        quantity=row["quantity"],
        user=row["user_name"],
        at=row["at"],
        decided_at=row["decided_at"],
        remaining=row["remaining"],
    )


def reservation(row: Row) -> Reservation:
    """A reservation from its row."""
    return Reservation(
        id=row["id"],
        order=row["order_id"],
        meter=row["meter"],
        bucket=row["bucket"],
        quantity=row["quantity"],
        user=row["user_name"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        remaining=row["remaining"],
        committed=row["committed"],
        ended_at=row["ended_at"],
    )


def changes(gates: Iterable[Gate]) -> Iterator[Statement]:
    """The statements that record what some gates have decided."""
    decided = list(gates)
    used = [own for gate in decided for own in gate.outcome.used]
    kept = [own for gate in decided for own in gate.outcome.changed.values()]
    moves = [
        {"order_id": gate.order, "meter": m, "bucket": b, "pending": pending, "reserved": reserved}
        for gate in decided
        for (m, b), (pending, reserved) in gate.outcome.moves.items()
    ]
    if used:
        yield Statement(limit_queries.KEEP_CONSUMED, [json(used)], changes=len(used))
    if kept:
        rows = json(kept)
        yield Statement(limit_queries.KEEP_RESERVATIONS, [rows], changes=len(kept))
    if moves:
        yield Statement(limit_queries.MOVE_HOLDS, [json(moves)])


def json(rows: Iterable[object]) -> str:
    """Rows, or values with their fields, as a JSON array for a statement; numbers as text."""
    return orjson.dumps(list(rows), default=_text).decode()


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{value!r} is no value of a row")
