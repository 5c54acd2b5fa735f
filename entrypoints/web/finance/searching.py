"""Finding things by what people have at hand: a number, a tax number, an amount, a name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from billing.decisions import Decisions
from entrypoints.bank_texts import Unreadable, read_amount
from entrypoints.web.finance import queries

MOST = 100
"""So many things of a kind are shown."""
_NOT_IN_TAX_IDS = re.compile(r"[^A-Z0-9]")
_TAX_ID = re.compile(r"(?:PL)?((?=.*[0-9])[A-Z0-9]{8,14})")
"""A NIP, or the VAT number of another country."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person looks for: a text, and what it may also be."""

    text: str
    tax_id: str | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found: its kind, what it is called, and where it is."""

    kind: str
    name: str
    path: str
    about: str
    amount: Decimal | None = None
    currency: str = ""


def read_wanted(text: str) -> Wanted:
    """What a text may mean: ``526-000-12-46`` is a tax number, ``1 741,79`` an amount."""
    plain = " ".join(text.split())
    tax_id = _TAX_ID.fullmatch(_NOT_IN_TAX_IDS.sub("", plain.upper()))
    return Wanted(plain.lower(), tax_id[1] if tax_id else None, _amount(plain))


def _amount(text: str) -> Decimal | None:
    try:
        return read_amount(text)[0]
    except Unreadable:
        return None


def find(decisions: Decisions, wanted: Wanted) -> list[Hit]:
    """Everything that fits: customers, orders, documents, payments."""
    given = {"text": wanted.text, "tax_id": wanted.tax_id, "limit": MOST}
    accounts = decisions.rows(queries.FIND_ACCOUNTS, **given)
    orders = decisions.rows(queries.FIND_ORDERS, text=wanted.text, limit=MOST)
    documents = decisions.rows(
        queries.FIND_DOCUMENTS,
        text=wanted.text,
        amount=wanted.amount,
        accounts=[row["id"] for row in accounts],
        orders=[row["id"] for row in orders],
        limit=MOST,
    )
    payments = decisions.rows(queries.FIND_PAYMENTS, **given, amount=wanted.amount)
    return [
        *(Hit("account", row["name"], _at("accounts", row), _of(row)) for row in accounts),
        *(Hit("order", row["id"], _at("orders", row), row["name"]) for row in orders),
        *map(_document, documents),
        *map(_payment, payments),
    ]


def _at(place: str, row: Mapping[str, Any]) -> str:
    return f"/{place}/{quote(row['id'])}"


def _of(row: Mapping[str, Any]) -> str:
    return ", ".join(own for own in (row["id"], row["tax_id"]) if own)


def _document(row: Mapping[str, Any]) -> Hit:
    about = ", ".join(_said(row))
    return Hit(
        row["kind"], row["number"], f"/invoices/{row['number']}", about, row["gross"],
        row["currency"],
    )  # fmt: skip


def _said(row: Mapping[str, Any]) -> Iterator[str]:
    yield row["name"]
    yield row["order_id"]
    yield f"{row['period']:%Y-%m}"
    if row["ksef_number"]:
        yield row["ksef_number"]


def _payment(row: Mapping[str, Any]) -> Hit:
    about = ", ".join(own for own in (str(row["paid_on"]), row["payer"], row["title"]) if own)
    path = "/finance/payments?show=all"
    return Hit("payment", row["id"], path, about, row["amount"], row["currency"])
