"""The sums of a structured invoice and the marks that always stand beside them (Adnotacje)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from invoices.fa3.decimals import amount, exact, total
from invoices.fa3.nodes import Node, node
from invoices.fa3.rates import FIELDS, ORDER, Field

Document = Mapping[str, Any]
YES, NO = "1", "2"
SPLIT_PAYMENT_ABOVE = Decimal(15_000)
"""Złoty gross: above it, split payment is compulsory for goods of Annex 15 (art. 106e(1)(18a))."""


def sums(document: Document) -> Iterator[Node]:
    """P_13 and P_14 of each rate, and P_15."""
    for field in ORDER:
        groups = [own for own in document["vat_groups"] if FIELDS.get(own["vat_rate"]) is field]
        if groups:
            yield from _group(field, groups, document)
    yield node("P_15", document["gross"])


def _group(field: Field, groups: list[Document], document: Document) -> Iterator[Node]:
    yield node(field.net, _sum(groups, "net"))
    if field.vat:
        yield node(field.vat, _sum(groups, "vat"))
        yield from _in_zloty(field.vat, groups, document)


def _sum(groups: list[Document], name: str) -> str:
    """One rate's amount as it stands; of several rates in one field, their sum."""
    first, *rest = (group[name] for group in groups)
    return amount(total([first, *rest])) if rest else str(first)


def _in_zloty(field: str, groups: list[Document], document: Document) -> Iterator[Node]:
    """The VAT of an invoice in foreign currency, in złoty (art. 106e(11))."""
    exchange = document.get("exchange")
    if exchange:
        rates = (own["vat_rate"] for own in groups)
        vat = [exchange["vat"][rate] for rate in rates if rate in exchange["vat"]]
        yield node(f"{field}W", vat[0] if len(vat) == 1 else amount(total(vat)))


def notes(document: Document) -> Node:
    """Adnotacje: complete on every invoice, most of them no."""
    return node(
        "Adnotacje",
        node("P_16", NO),
        node("P_17", NO),
        node("P_18", YES if _is_untaxed_here(document) else NO),
        node("P_18A", YES if _needs_split_payment(document) else NO),
        node("Zwolnienie", node("P_19N", YES)),
        node("NoweSrodkiTransportu", node("P_22N", YES)),
        node("P_23", NO),
        node("PMarzy", node("P_PMarzyN", YES)),
    )


def _is_untaxed_here(document: Document) -> bool:
    rates = (FIELDS.get(group["vat_rate"]) for group in document["vat_groups"])
    return any(field.untaxed_here for field in rates if field)


def _needs_split_payment(document: Document) -> bool:
    exchange = document.get("exchange")
    gross = exact(document["gross"]) * (exact(exchange["rate"]) if exchange else 1)
    flagged = any(line.get("split_payment") for line in document["lines"])
    return flagged and gross > SPLIT_PAYMENT_ABOVE
