"""Documents and payments of a month for the ledger of the bookkeepers, as CSV.

Amounts have a point and two digits, days are ISO 8601. No text can become a formula when a
spreadsheet opens the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl

from billing.decisions import Decisions
from billing.money import rounded
from invoices.exchange import ZLOTY
from invoices.finding import load_invoices
from invoices.invoice import INVOICE, NOTE
from invoices.payments import queries as payment_queries
from invoices.queries import LEDGER_ACCOUNTS, LEDGER_DOCUMENTS, LEDGER_PAYMENTS
from invoices.restating import SUMS, Document
from invoices.statements.as_csv import csv_text
from metering.calendar import Period

DOCUMENT_COLUMNS = (
    "number",
    "kind",
    "corrects",
    "reason",
    "ksef_number",
    "issued_on",
    "due_on",
    "period",
    "service_to",
    "seller",
    "seller_tax_id",
    "account",
    "buyer",
    "buyer_country",
    "buyer_tax_id",
    "order",
    "currency",
    "vat_rate",
    "net",
    "vat",
    "gross",
    "exchange_rate",
    "exchange_table",
    "exchange_day",
    "net_pln",
    "vat_pln",
    "gross_pln",
)
"""The columns of the documents; each document has a row for each of its VAT rates."""

PAYMENT_COLUMNS = (
    "payment",
    "paid_on",
    "status",
    "source",
    "payer",
    "payer_tax_id",
    "title",
    "reference",
    "currency",
    "amount",
    "document",
    "account",
    "allocated",
    "found_by",
)
"""The columns of the payments: a row for each part of a payment, and for what is left of it."""


def documents_csv(decisions: Decisions, period: Period) -> bytes:
    """The documents of a month, a row for each VAT rate; corrections are of the month of issue."""
    rows = decisions.rows(LEDGER_DOCUMENTS, first=period.first_day, last=period.last_day)
    ksef = {row["id"]: row["ksef_number"] for row in rows}
    found = load_invoices(decisions, ksef)
    cells = (one for own in found for one in document_rows(own.document, ksef[own.id]))
    return _csv(DOCUMENT_COLUMNS, cells)


def document_rows(document: Document, ksef_number: str | None) -> Iterator[dict[str, Any]]:
    """A document's rows, by VAT rate."""
    exchange: Mapping[str, Any] = document.get("exchange") or {}
    head = {**_head(document, ksef_number), **_exchange(exchange)}
    for group in _groups(document):
        yield {**head, **group, **_in_zloty(document["currency"], exchange, group)}


def _groups(document: Document) -> Iterator[dict[str, Any]]:
    """The sums by VAT rate; a note has none."""
    if document.get("type") == NOTE:
        yield {"vat_rate": "", **{name: document[name] for name in SUMS}}
        return
    for group in document["vat_groups"]:
        yield {name: group[name] for name in ("vat_rate", *SUMS)}


def _head(document: Document, ksef_number: str | None) -> dict[str, Any]:
    corrects: Mapping[str, Any] = document.get("corrects") or {}
    buyer, seller = document["buyer"], document["seller"]
    plain = ("number", "issued_on", "due_on", "period", "account", "order", "currency")
    return {
        **{name: document[name] for name in plain},
        "kind": document.get("type", INVOICE),
        "corrects": corrects.get("number", ""),
        "reason": document.get("reason", "") if corrects else "",
        "ksef_number": ksef_number or "",
        "service_to": (document.get("days") or {}).get("to", ""),
        "seller": seller["name"],
        "seller_tax_id": seller["tax_id"],
        "buyer": buyer["name"],
        "buyer_country": buyer["country"],
        "buyer_tax_id": buyer["tax_id"] or "",
    }


def _exchange(exchange: Mapping[str, Any]) -> dict[str, str]:
    return {
        "exchange_rate": exchange.get("rate", ""),
        "exchange_table": exchange.get("table", ""),
        "exchange_day": exchange.get("day", ""),
    }


def _in_zloty(
    currency: str, exchange: Mapping[str, Any], group: Mapping[str, str]
) -> dict[str, str]:
    """A group's amounts in zloty: VAT as the document states it, net at the same rate."""
    if currency == ZLOTY:
        return {f"{name}_pln": group[name] for name in SUMS}
    if not exchange:
        return {f"{name}_pln": "" for name in SUMS}
    net = rounded(Fraction(group["net"]) * Fraction(exchange["rate"]))
    vat = Decimal(exchange["vat"].get(group["vat_rate"], "0"))
    amounts = {"net_pln": net, "vat_pln": vat, "gross_pln": net + vat}
    return {name: f"{own:.2f}" for name, own in amounts.items()}


def payments_csv(decisions: Decisions, period: Period) -> bytes:
    """The payments of a month by the day they were paid on, with what they were put to."""
    ids = [row["id"] for row in decisions.rows(LEDGER_PAYMENTS, **_days(period))]
    rows = decisions.rows(payment_queries.LIST_PAYMENTS, unmatched=False, payments=ids)
    accounts = {row["number"]: row["account_id"] for row in decisions.rows(LEDGER_ACCOUNTS, ids)}
    return _csv(PAYMENT_COLUMNS, (one for row in rows for one in payment_rows(row, accounts)))


def _days(period: Period) -> dict[str, Any]:
    return {"first": period.first_day, "last": period.last_day}


def payment_rows(row: Mapping[str, Any], accounts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """A payment's parts, and what is left of it."""
    plain = ("status", "source", "payer", "payer_tax_id", "title", "reference", "currency")
    head = {
        **{name: row[name] for name in plain},
        "payment": row["id"],
        "paid_on": str(row["paid_on"]),
        "amount": f"{row['amount']:.2f}",
    }
    for part in row["allocations"]:
        yield {
            **head,
            "document": part["number"],
            "account": accounts.get(part["number"], ""),
            "allocated": f"{Decimal(part['amount']):.2f}",
            "found_by": part["found_by"],
        }
    if row["left"] or not row["allocations"]:
        rest = {"document": "", "account": "", "found_by": ""}
        yield {**head, **rest, "allocated": f"{row['left']:.2f}"}


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    cells = [{name: str(row[name] or "") for name in columns} for row in rows]
    frame = pl.DataFrame(cells, schema=dict.fromkeys(columns, pl.String))
    return csv_text(frame, include_header=True).encode()
