"""The kinds of notices and what each of them says, in the shape of Standard Webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import orjson
from pydantic import PlainSerializer, TypeAdapter, WithJsonSchema

from billing.marks import Measure
from billing.money import plain

MARK_REACHED: Literal["usage.mark_reached"] = "usage.mark_reached"
INVOICE_ISSUED: Literal["invoice.issued"] = "invoice.issued"


def _text(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern})


def _cents(amount: Decimal) -> str:
    return f"{amount:.2f}"


Quantity = Annotated[Decimal, PlainSerializer(plain, return_type=str), _text(r"^\d+(\.\d+)?$")]
"""A quantity in digits, as text: no reader makes a float of it unasked."""
Amount = Annotated[Decimal, PlainSerializer(_cents, return_type=str), _text(r"^-?\d+\.\d{2}$")]
"""An amount of money with two digits after the point, as text."""
Month = Annotated[str, _text(r"^\d{4}-\d{2}$")]


@dataclass(frozen=True, kw_only=True)
class MarkReachedData:
    """An order has used so many percent of an allowance or limit of a meter in a period.

    The percentage is ``mark``, and ``measure`` says of what: ``allowance`` (what is beyond it is
    charged), ``limit`` (refused), ``cap`` (the overage allowed; beyond it refused) or ``user`` (the
    allowance of each user, of the one who used the most). ``within`` is what can serve the meter
    now: of a pack that several meters share, what the others have left. ``fill`` is used in
    percent of it.
    """

    order: str
    account: str
    period: Month
    meter: str
    unit: str
    measure: Measure
    mark: int
    used: Quantity
    bound: Quantity
    within: Quantity
    fill: Quantity


@dataclass(frozen=True, kw_only=True)
class InvoiceIssuedData:
    """An order's invoice of a period was issued. Buyer and lines are in the invoice itself."""

    order: str
    account: str
    number: str
    period: Month
    issued_on: date
    due_on: date
    currency: str
    net: Amount
    vat: Amount
    gross: Amount


Data = MarkReachedData | InvoiceIssuedData
KINDS: dict[str, type[Any]] = {
    MARK_REACHED: MarkReachedData,
    INVOICE_ISSUED: InvoiceIssuedData,
}
"""Every kind with what it says; a new kind is a new row."""

KindT = TypeVar("KindT", bound=str)
DataT = TypeVar("DataT")


@dataclass(frozen=True)
class Payload(Generic[KindT, DataT]):
    """What an endpoint gets: the kind, when it happened, and what happened."""

    type: KindT
    timestamp: datetime
    data: DataT


def _adapter(kind: str) -> TypeAdapter[Any]:
    own = KINDS[kind]
    shape: Any = Payload[Literal[kind], own]  # type: ignore[valid-type]
    return TypeAdapter(shape)


ADAPTERS = {kind: _adapter(kind) for kind in KINDS}


def body_of(kind: str, occurred_at: datetime, data: Data) -> str:
    """The body of a notice. The same fact makes the same text, sign by sign."""
    document = ADAPTERS[kind].dump_python(Payload(kind, occurred_at, data), mode="json")
    return orjson.dumps(document).decode()


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a kind's bodies."""
    return ADAPTERS[kind].json_schema(mode="serialization")
