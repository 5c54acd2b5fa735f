"""The usage event: CloudEvents 1.0 in JSON, and every check it must pass (contract, section 1).

This is the exact way, one event at a time; `metering.decode` does the same for many at once and
falls back on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from reprlib import Repr
from typing import Any

import orjson

from metering.calendar import local_day
from metering.characters import billable_characters
from metering.meters import TTS_CHARACTERS, Meter, MeterKind
from metering.problems import Problem
from metering.routes import MeterRoute, OrderRoute, Routes
from metering.usage import Use

MAX_QUANTITY = 10**15
"""The most of a meter's smallest units one event may carry: with room to spare in 64 bits."""
MAX_NAME = 256
MAX_ATTRIBUTES = 8192
OWN_SOURCE = "licznik:"
"""How the sources of entries begin that are made here, by decisions on limits."""
AMOUNT_FIELDS = ("quantity", "delta", "text")

_TIME = re.compile(
    r"(20\d\d-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_NUMBER = re.compile(r"-?\d{1,40}(\.\d{1,40})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """One accepted event. ``quantity`` is signed for a stock meter; a text is kept as its count."""

    order: str
    meter: str
    source: str
    id: str
    occurred_at: datetime
    quantity: Decimal
    user: str = ""
    attributes: str = ""

    @property
    def day(self) -> date:
        """The local day the event belongs to, which is part of its identity."""
        return local_day(self.occurred_at)

    @property
    def identity(self) -> tuple[str, date, str, str]:
        """What a repeat of the event repeats."""
        return self.order, self.day, self.source, self.id

    @property
    def use(self) -> Use:
        """The event as rating sees it."""
        return Use(self.meter, self.occurred_at, self.quantity, self.user)


def read_event(raw: object, routes: Routes) -> tuple[UsageEvent | None, list[Problem]]:
    """Checks one event; it is None when there are problems, and all of them are returned."""
    if not isinstance(raw, Mapping):
        return None, [Problem("not_an_event", "", "an event is a JSON object")]
    problems = list(_envelope(raw))
    occurred_at, wrong_time = read_time(raw.get("time"))
    problems += wrong_time
    data = raw.get("data")
    if not isinstance(data, Mapping):
        problems.append(Problem("missing_field", "data", "data must be an object with a quantity"))
    if problems or occurred_at is None or not isinstance(data, Mapping):
        return None, problems
    return _routed(raw, occurred_at, data, routes)


def _routed(
    raw: Mapping[str, Any], at: datetime, data: Mapping[str, Any], routes: Routes
) -> tuple[UsageEvent | None, list[Problem]]:
    order = routes.get(raw["subject"])
    if order is None:
        message = f"there is no order {raw['subject']}: import it first, or correct the subject"
        return None, [Problem("unknown_order", "subject", message)]
    if order.problem is not None:
        return None, [order.problem]
    meter = order.meters.get(raw["type"])
    if meter is None:
        message = f"order {order.order} has no meter {raw['type']}"
        return None, [Problem("unknown_meter", "type", message)]
    quantity, problems = read_amount(data, meter.meter)
    problems += [*_attribute_problems(data), *check_route(order, meter, at)]
    if quantity is None or problems:
        return None, problems
    return (
        UsageEvent(
            order.order,
            meter.meter.key,
            raw["source"],
            raw["id"],
            at,
            quantity,
            data.get("user") or "",
            attributes_text(data),
        ),
        [],
    )


def _envelope(raw: Mapping[str, Any]) -> Iterator[Problem]:
    if raw.get("specversion") != "1.0":
        message = 'specversion must be "1.0"'
        yield Problem("unsupported_specversion", "specversion", message)
    for field in ("id", "source", "type", "subject"):
        value = raw.get(field)
        if value is None or value == "":
            yield Problem("missing_field", field, f"{field} is required")
        elif not isinstance(value, str) or len(value) > MAX_NAME or _CONTROL.search(value):
            message = f"{field} must be text of at most {MAX_NAME} characters, none of control"
            yield Problem("invalid_field", field, message)
        elif field == "source" and value.startswith(OWN_SOURCE):
            message = f"sources that begin with {OWN_SOURCE} are the engine's own"
            yield Problem("reserved_source", field, message)


def read_time(text: object) -> tuple[datetime | None, list[Problem]]:
    """Reads an event's time, in UTC, to the microsecond."""
    if text is None:
        message = "time is required: when it was used, for example 2025-10-05T10:00:00+02:00"
        return None, [Problem("missing_time", "time", message)]
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        message = f"{_shown(text)} is not a time such as 2025-10-05T10:00:00+02:00"
        return None, [Problem("invalid_time", "time", message)]
    day, clock, fraction, offset = match.groups()
    if offset is None:
        message = f"{text} has no offset: add one, for example +02:00"
        return None, [Problem("time_without_offset", "time", message)]
    try:
        at = datetime.fromisoformat(f"{day}T{clock}{(fraction or '.0')[:7]:0<7}{offset.upper()}")
    except ValueError as error:
        return None, [Problem("invalid_time", "time", f"{text}: {error}")]
    return at.astimezone(UTC), []


def read_amount(data: Mapping[str, Any], meter: Meter) -> tuple[Decimal | None, list[Problem]]:
    """The quantity of an event: exactly one of quantity, delta and text."""
    given = [field for field in AMOUNT_FIELDS if data.get(field) is not None]
    if not given:
        message = f"data must have {meter.amount_field}"
        return None, [Problem("missing_quantity", "data", message)]
    if len(given) > 1:
        message = f"data has {' and '.join(given)}: give one of them"
        return None, [Problem("ambiguous_quantity", "data", message)]
    field = given[0]
    if field == "text" and meter.key == TTS_CHARACTERS:
        return _counted(data["text"])
    if field != meter.amount_field:
        message = f"{meter.key} takes {meter.amount_field}, not {field}"
        return None, [Problem("wrong_quantity_field", f"data.{field}", message)]
    return read_number(data[field], meter, f"data.{field}")


def read_number(value: object, meter: Meter, path: str) -> tuple[Decimal | None, list[Problem]]:
    """An exact quantity of a meter, from a JSON integer or a decimal in quotes."""
    number = _number(value)
    problem = _unreadable(value, path) if number is None else _unfit(number, meter, path)
    return (None, [problem]) if problem else (number, [])


def _counted(text: object) -> tuple[Decimal | None, list[Problem]]:
    if not isinstance(text, str):
        return None, [Problem("invalid_field", "data.text", "text must be text")]
    return Decimal(billable_characters(text)), []


def _number(value: object) -> Decimal | None:
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else None


def _shown(value: object) -> str:
    """A value as problems quote it: short, however long or deeply nested it is."""
    short = Repr()
    short.maxstring = 60
    return short.repr(value)


def _unreadable(value: object, path: str) -> Problem:
    if isinstance(value, float) or (isinstance(value, str) and re.search(r"\d[eE]", value)):
        message = f"{_shown(value)} is not exact: give a JSON integer, or a decimal in quotes"
        return Problem("inexact_quantity", path, message)
    return Problem("invalid_quantity", path, f"{_shown(value)} is not a number")


def _unfit(number: Decimal, meter: Meter, path: str) -> Problem | None:
    if number == 0:
        return Problem("zero_quantity", path, "nothing was used: a quantity of 0 is not recorded")
    if number < 0 and meter.kind is MeterKind.FLOW:
        message = f"{number} is negative: usage of {meter.key} only adds up"
        return Problem("negative_quantity", path, message)
    most = Decimal(MAX_QUANTITY).scaleb(-meter.decimals)
    if abs(number) > most:
        message = f"{number} is more than one event may carry ({most:f})"
        return Problem("quantity_too_large", path, message)
    if number != round(number, meter.decimals):
        digits = f"at most {meter.decimals} decimals" if meter.decimals else "whole numbers"
        message = f"{meter.key} is counted in {digits}, not {number}"
        return Problem("fractional_quantity", path, message)
    return None


def _attribute_problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    user = data.get("user")
    if user is not None and (
        not isinstance(user, str) or len(user) > MAX_NAME or _CONTROL.search(user)
    ):
        message = f"user must be text of at most {MAX_NAME} characters"
        yield Problem("invalid_field", "data.user", message)
    try:
        size = len(attributes_text(data))
    except orjson.JSONEncodeError as error:
        yield Problem("invalid_field", "data", f"the attributes cannot be kept as JSON: {error}")
        return
    if size > MAX_ATTRIBUTES:
        message = f"the attributes of an event take at most {MAX_ATTRIBUTES} characters"
        yield Problem("attributes_too_large", "data", message)


def attributes_text(data: Mapping[str, Any]) -> str:
    """What else an event says, as JSON in one fixed form; empty if it says nothing else."""
    rest = {
        key: value
        for key, value in data.items()
        if key not in AMOUNT_FIELDS and key != "user" and value is not None
    }
    return orjson.dumps(rest, default=str, option=orjson.OPT_SORT_KEYS).decode() if rest else ""


def check_route(order: OrderRoute, meter: MeterRoute, at: datetime) -> Iterator[Problem]:
    """Whether the order is in service then, and the meter's prerequisite ordered (R3, R15)."""
    service = order.service
    if order.problem is not None:
        yield order.problem
    elif at < service.start:
        message = f"order {order.order} was launched only at {service.start.isoformat()}"
        yield Problem("before_launch", "time", message)
    elif service.end is not None and at >= service.end:
        message = f"order {order.order} ended at {service.end.isoformat()}"
        yield Problem("after_end", "time", message)
    elif not meter.is_open(at):
        needs = " or ".join(meter.needs)
        message = f"{meter.meter.key} needs {needs}, which order {order.order} had not at that time"
        yield Problem("not_ordered", "type", message)
