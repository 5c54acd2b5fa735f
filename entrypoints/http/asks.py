"""What callers ask of limits, read from JSON: every mistake of a body is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from entrypoints.http.problems import Refused
from metering.asks import Commit, Consume, Renew, Reserve
from metering.events import MAX_NAME, read_number, read_time
from metering.meters import Held, Meter
from metering.problems import Problem, ProblemsFound

MOST_BYTES = 16 * 1024
MAX_BYTES = 768
"""So many bytes may a name have: an order's id and two of them are a key of an index."""
LONGEST = 24 * 60 * 60
"""So many seconds a reservation may live without being renewed."""
DEFAULT_TTL = 60
ONE = Decimal(1)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_object(sent: bytes) -> Mapping[str, Any]:
    """A body's JSON object; raises Refused where it is none."""
    if len(sent) > MOST_BYTES:
        raise Refused(413, "body_too_large", f"such a body has at most {MOST_BYTES} bytes")
    try:
        value = orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        message = f"the body is not readable as JSON: {error}"
        raise Refused(400, "unreadable_body", message) from error
    if not isinstance(value, dict):
        raise Refused(400, "wrong_shape", "the body is a JSON object")
    return value


@dataclass
class Body:
    """A body's fields, and the problems that were found in them."""

    given: Mapping[str, Any]
    problems: list[Problem] = field(default_factory=list)

    def name(self, key: str, *, required: bool = True) -> str:
        """A text that names something."""
        value = self.given.get(key)
        if value is None or value == "":
            if required:
                self._wrong("missing_field", key, f"{key} is required")
        elif not isinstance(value, str) or not _is_name(value):
            size = f"{MAX_NAME} characters and {MAX_BYTES} bytes"
            message = f"{key} must be text of at most {size}, without control characters"
            self._wrong("invalid_field", key, message)
        else:
            return value
        return ""

    def quantity(self, meter: Meter, default: Decimal | None = None) -> Decimal:
        """How much; never negative, for what is taken away is told by an event."""
        value = self.given.get("quantity", default)
        if value is None:
            self._wrong("missing_quantity", "quantity", "quantity is required")
            return ONE
        number, problems = read_number(value, meter, "quantity")
        self.problems += problems
        if number is not None and number < 0:
            message = "a quantity is positive: tell what was removed by an event with its delta"
            self._wrong("negative_quantity", "quantity", message)
        return number if number is not None else ONE

    def time(self) -> datetime | None:
        """When, None where it is not said."""
        if self.given.get("time") is None:
            return None
        at, problems = read_time(self.given["time"])
        self.problems += problems
        return at

    def ttl(self) -> timedelta:
        """How long, in whole seconds."""
        value = self.given.get("ttl_seconds", DEFAULT_TTL)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not 1 <= value <= LONGEST:
            message = f"ttl_seconds is a whole number from 1 to {LONGEST}"
            self._wrong("invalid_field", "ttl_seconds", message)
            return timedelta(seconds=DEFAULT_TTL)
        return timedelta(seconds=value)

    def done(self, known: Iterable[str]) -> None:
        """Raises ProblemsFound if anything was wrong, unknown fields among it."""
        self.problems += self._unknown(set(known))
        if self.problems:
            raise ProblemsFound(self.problems)

    def _unknown(self, known: set[str]) -> Iterator[Problem]:
        for key in self.given:
            if key not in known:
                shown = key[:MAX_NAME]
                yield Problem("unknown_field", shown, f"known are {', '.join(sorted(known))}")

    def _wrong(self, code: str, path: str, message: str) -> None:
        self.problems.append(Problem(code, path, message))


def _is_name(value: str) -> bool:
    fits = len(value) <= MAX_NAME and len(value.encode()) <= MAX_BYTES
    return fits and not _CONTROL.search(value)


def read_consume(given: Mapping[str, Any], order: str, meter: Meter) -> Consume:
    """Units to be used at once; raises ProblemsFound."""
    body = Body(given)
    ask = Consume(
        order=order,
        meter=meter.key,
        id=body.name("id"),
        quantity=body.quantity(meter),
        user=body.name("user", required=False),
        at=body.time(),
    )
    body.done(("id", "quantity", "user", "time"))
    return ask


def read_reserve(given: Mapping[str, Any], order: str, meter: Meter) -> Reserve:
    """Units to be kept; a seat is one, of a user. Raises ProblemsFound."""
    body = Body(given)
    seat = meter.held is Held.BY_USER
    quantity = body.quantity(meter, ONE)
    if seat and quantity != ONE:
        body.problems.append(Problem("invalid_field", "quantity", "a user takes one seat"))
    ask = Reserve(
        order=order,
        meter=meter.key,
        id=body.name("id"),
        quantity=quantity,
        ttl=body.ttl(),
        user=body.name("user", required=seat),
    )
    body.done(("id", "quantity", "user", "ttl_seconds"))
    return ask


def read_renew(given: Mapping[str, Any], order: str, reservation: str) -> Renew:
    """A reservation to live on; raises ProblemsFound."""
    body = Body(given)
    ask = Renew(order, reservation, body.ttl())
    body.done(("ttl_seconds",))
    return ask


def read_commit(given: Mapping[str, Any], order: str, reservation: str, meter: Meter) -> Commit:
    """A part of a reservation that was used; raises ProblemsFound."""
    body = Body(given)
    ask = Commit(order, reservation, body.name("id"), body.quantity(meter))
    body.done(("id", "quantity"))
    return ask
