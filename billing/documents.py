"""Invoices and ledgers as plain data: what programs are given, and what is kept of an invoice.

Amounts and quantities are text; keys come in one order, so that equal invoices are equal bytes.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from billing.catalog.edition import Edition, Name, Seller
from billing.invoicing import InvoiceDraft, InvoiceLine, VatGroup
from billing.money import amount_text, plain, price_text
from billing.orders.terms import Account
from billing.rating.charges import Ledger, Shares
from metering.calendar import WARSAW, Span


def invoice_document(draft: InvoiceDraft) -> dict[str, Any]:
    """An invoice but for its number and dates (contract, section 2, and more)."""
    return {
        "order": draft.order,
        **parties(draft.account, draft.edition, draft.currency),
        "period": str(draft.period),
        "days": span_document(draft.days),
        "currency": draft.currency,
        "lines": [line_document(line) for line in draft.lines],
        "vat_groups": [_group(group) for group in draft.vat_groups],
        "net": amount_text(draft.net),
        "vat": amount_text(draft.vat),
        "gross": amount_text(draft.gross),
        "ledgers": [named_ledger(own, draft.edition) for own in draft.ledgers],
    }


def parties(account: Account, edition: Edition, currency: str) -> dict[str, Any]:
    """Who a document is for and from, and the service that it is about."""
    return {
        "account": account.id,
        "language": account.language,
        "buyer": {
            "name": account.name,
            "country": account.country,
            "tax_id": account.tax_id,
            "address": list(account.address),
        },
        "seller": _seller(edition.seller, currency),
        "edition": edition.id,
        "service": _name(edition.service),
    }


def _seller(seller: Seller, currency: str) -> dict[str, Any]:
    """The seller as an invoice in a currency names it, with the account to pay to."""
    entry, account = seller.register_entry, seller.bank_accounts.get(currency)
    bank = {"name": seller.bank, "swift": seller.swift, "account": account}
    return {
        "id": seller.id,
        "name": seller.name,
        "country": seller.country,
        "tax_id": seller.tax_id,
        "address": list(seller.address),
        "email": seller.email,
        "phone": seller.phone,
        "register_entry": _name(entry) if entry else None,
        "bank": bank if account else None,
    }


def line_document(line: InvoiceLine) -> dict[str, Any]:
    """A line as an invoice states it."""
    charge = line.charge
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
        "days": None if charge.days is None else span_document(charge.days),
        "proration": None if charge.proration is None else asdict(charge.proration),
    }


def span_document(days: Span) -> dict[str, str]:
    """Some days as a document states them."""
    return {"from": str(days.start), "to": str(days.end)}


def _group(group: VatGroup) -> dict[str, Any]:
    note = group.rate.note
    return {
        "vat_rate": group.vat_rate,
        "name": _name(group.rate.name),
        "note": _name(note) if note else None,
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
        "shares": None if ledger.shares is None else _shares(ledger.shares),
        "peak_at": None if ledger.peak_at is None else _local(ledger.peak_at),
    }


def named_ledger(ledger: Ledger, edition: Edition) -> dict[str, Any]:
    """A ledger with the meter's name and unit of the pinned edition."""
    terms = edition.meters[ledger.meter]
    named = {"name": _name(terms.name), "unit": terms.meter.unit, "kind": terms.meter.kind.value}
    return {**ledger_document(ledger), **named}


def _shares(shares: Shares) -> dict[str, Any]:
    return {
        "of": shares.of,
        "holders": shares.holders,
        "each": plain(shares.each),
        "over": shares.over,
        "used_over": plain(shares.used_over),
    }


def _local(instant: datetime) -> str:
    return instant.astimezone(WARSAW).isoformat()


def _name(name: Name) -> dict[str, str]:
    return {"pl": name.pl, "en": name.en}
