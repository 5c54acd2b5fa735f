"""From an invoice's document to its structured form FA(3), byte for byte the same each time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from invoices.fa3.corrections import kind
from invoices.fa3.nodes import Node, node, to_bytes
from invoices.fa3.parties import buyer, seller
from invoices.fa3.payment import payment, settlement, terms
from invoices.fa3.rows import row_nodes
from invoices.fa3.texts import fitted
from invoices.fa3.totals import notes, sums

Document = Mapping[str, Any]
SYSTEM = "Licznik"
LONGEST_FOOTER = 3_500


def structured_invoice(document: Document, made_at: datetime) -> bytes:
    """An issued invoice or correction (`billing.documents`) as XML; ``made_at`` is written in it.

    Whatever the document says is written; whether it is right is for `checking` to say.
    """
    root = node(
        "Faktura",
        _header(made_at),
        seller(document),
        buyer(document["buyer"]),
        _invoice(document),
        _footer(document),
    )
    return to_bytes(root)


def _header(made_at: datetime) -> Node:
    form = node("KodFormularza", "FA")
    form.set("kodSystemowy", "FA (3)")
    form.set("wersjaSchemy", "1-0E")
    return node(
        "Naglowek",
        form,
        node("WariantFormularza", "3"),
        node("DataWytworzeniaFa", f"{made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"),
        node("SystemInfo", SYSTEM),
    )


def _invoice(document: Document) -> Node:
    days = document["days"]
    return node(
        "Fa",
        node("KodWaluty", document["currency"]),
        node("P_1", document["issued_on"] or ""),
        node("P_2", fitted(document["number"] or "")),
        node("OkresFa", node("P_6_Od", days["from"]), node("P_6_Do", days["to"])),
        *sums(document),
        notes(document),
        *kind(document),
        *row_nodes(document),
        settlement(document),
        payment(document),
        terms(document),
    )


def _footer(document: Document) -> Node | None:
    """What company law wants on a document."""
    entry = document["seller"]["register_entry"]
    text = fitted(entry["pl"], LONGEST_FOOTER) if entry else ""
    return node("Stopka", node("Informacje", node("StopkaFaktury", text))) if text else None
