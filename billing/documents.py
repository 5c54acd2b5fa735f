"""Invoices and ledgers as plain data: what programs are given, and what is kept of an invoice.

Amounts and quantities are text; keys come in one order, so that equal invoices are equal bytes.
"""

from __future__ import annotations

from typing import Any

from billing.catalog.edition import Name
from billing.invoicing import InvoiceDraft, InvoiceLine, VatGroup
from billing.money import amount_text, plain, price_text
from billing.rating.charges import Ledger


def invoice_document(draft: InvoiceDraft) -> dict[str, Any]:
    """An invoice but for its number and dates (contract, section 2, and more)."""
    return {
        "order": draft.order,
        "account": draft.account.id,
        "buyer": {
            "name": draft.account.name,
            "country": draft.account.country,
            "tax_id": draft.account.tax_id,
            "address": list(draft.account.address),
        },
        "seller": draft.seller,
        "edition": draft.edition,
        "period": str(draft.period),
        "currency": draft.currency,
        "lines": [_line(line) for line in draft.lines],
        "vat_groups": [_group(group) for group in draft.vat_groups],
        "net": amount_text(draft.net),
        "vat": amount_text(draft.vat),
        "gross": amount_text(draft.gross),
        "ledgers": [ledger_document(own) for own in draft.ledgers],
    }


def _line(line: InvoiceLine) -> dict[str, Any]:
    charge = line.charge
    days = charge.days
    return {
        "kind": charge.kind,
        "item": charge.item,
        "name": _name(line.name),
        "quantity": plain(charge.quantity),
        "unit": line.unit,
        "unit_price": price_text(charge.unit_price),
        "net": amount_text(charge.net),
        "vat_rate": line.vat_rate,
        "indicative": charge.indicative,
        "days": None if days is None else {"from": str(days.start), "to": str(days.end)},
    }


def _group(group: VatGroup) -> dict[str, str]:
    return {
        "vat_rate": group.vat_rate,
        "net": amount_text(group.net),
        "vat": amount_text(group.vat),
        "gross": amount_text(group.gross),
    }


def ledger_document(ledger: Ledger) -> dict[str, Any]:
    """A ledger: used = included + from_packs + overage + refused."""
    return {
        "order": ledger.order,
        "meter": ledger.meter,
        "period": str(ledger.period),
        "used": plain(ledger.used),
        "included": plain(ledger.included),
        "from_packs": plain(ledger.from_packs),
        "overage": plain(ledger.overage),
        "refused": plain(ledger.refused),
        "allowance": plain(ledger.allowance),
        "granted": plain(ledger.granted),
        "cap": None if ledger.cap is None else plain(ledger.cap),
    }


def _name(name: Name) -> dict[str, str]:
    return {"pl": name.pl, "en": name.en}
