"""The fields of exported billing data: one table, from which all formats and schemas follow.

A change of the table changes what customers' programs read. So `register.yaml` names the version
of the fields with their fingerprint, and a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import orjson
import polars as pl

from invoices.language import marked as _

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d$"
QUANTITY = r"^-?\d+(\.\d+)?$"


@dataclass(frozen=True, slots=True)
class Field:
    """A column of billing data; every value is text, and null where the event did not say it.

    ``part`` is its place among the eight fields of a billing event (R121), None for what we add so
    that a row can be understood and found again. ``always`` tells that no row is without it,
    ``pattern`` what its text looks like, ``standard`` whose form it has. ``personal`` data say
    something of a person (R147).
    """

    name: str
    title: str
    meaning: str
    part: int | None = None
    always: bool = False
    pattern: str | None = None
    standard: str | None = None
    personal: bool = False


FIELDS = (
    Field(
        "date",
        _("Date"),
        _("When it happened: local time in Warsaw with its offset from UTC."),
        part=1,
        always=True,
        pattern=TIME,
        standard="ISO 8601",
    ),
    Field(
        "from",
        _("From"),
        _("The number of the party that called or sent."),
        part=2,
        standard="E.164",
        personal=True,
    ),
    Field(
        "to",
        _("To"),
        _("The number of the party that was called or sent to."),
        part=2,
        standard="E.164",
        personal=True,
    ),
    Field("operator", _("Operator"), _("The network operator, if it was identified."), part=3),
    Field("direction", _("Direction"), _("Incoming (in) or outgoing (out)."), part=4),
    Field("category", _("Category"), _("Call, SMS or fax (call, sms, fax)."), part=5),
    Field("duration_seconds", _("Duration (s)"), _("How long a call lasted, in seconds."), part=6),
    Field(
        "quantity",
        _("Quantity"),
        _("How many units of the meter were used, such as the number of SMS."),
        part=6,
        always=True,
        pattern=QUANTITY,
    ),
    Field(
        "cost",
        _("Cost"),
        _("The cost that the event stated; empty where it stated none."),
        part=7,
    ),
    Field("status", _("Status"), _("What became of it, such as answered or delivered."), part=8),
    Field("meter", _("Meter"), _("What was metered."), always=True),
    Field("unit", _("Unit"), _("The unit of the quantity."), always=True),
    Field(
        "not_e164",
        _("Not in E.164"),
        _("Which of the numbers could not be read as telephone numbers and stand as they came."),
        pattern="^(from|to|from to)$",
    ),
    Field("source", _("Source"), _("Who sent the event."), always=True),
    Field("id", _("Id"), _("The id that the source gave it."), always=True),
)
"""In the order of the columns. An amount that is not the event's own is no fact of the event."""

COLUMNS = tuple(own.name for own in FIELDS)
SCHEMA = dict.fromkeys(COLUMNS, pl.String)
PERSONAL = tuple(own.name for own in FIELDS if own.personal)


def entry_schema(fields: tuple[Field, ...] = FIELDS) -> dict[str, Any]:
    """The JSON Schema of one entry."""
    return {
        "type": "object",
        "properties": {own.name: _value_schema(own) for own in fields},
        "required": [own.name for own in fields],
        "additionalProperties": False,
    }


def _value_schema(own: Field) -> Mapping[str, Any]:
    pattern = {} if own.pattern is None else {"pattern": own.pattern}
    kind: Any = "string" if own.always else ["string", "null"]
    return {"type": kind, "description": own.meaning, **pattern}


def fingerprint(fields: tuple[Field, ...] = FIELDS) -> str:
    """A SHA-256 that another set of fields does not have."""
    return sha256(orjson.dumps([asdict(own) for own in fields])).hexdigest()
