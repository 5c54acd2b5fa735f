"""How an invoice is settled and paid, and under which order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from invoices.fa3.decimals import amount, exact, total
from invoices.fa3.nodes import Node, node, optional
from invoices.fa3.texts import SHORT, fitted

Document = Mapping[str, Any]
TRANSFER = "6"


def to_pay(document: Document) -> str:
    """What is to be paid: the gross amount, less what is deducted."""
    named: str | None = document.get("to_pay") if document.get("deductions") else None
    return document["gross"] if named is None else named


def settlement(document: Document) -> Node | None:
    """Rozliczenie: contractual penalties that are netted with the invoice."""
    deductions = document.get("deductions") or ()
    if not deductions:
        return None
    left = to_pay(document)
    negative = exact(left) < 0
    return node(
        "Rozliczenie",
        *(_deduction(own) for own in deductions),
        node("SumaOdliczen", amount(total(own["amount"] for own in deductions))),
        node("DoRozliczenia" if negative else "DoZaplaty", left.removeprefix("-")),
    )


def _deduction(own: Document) -> Node:
    return node("Odliczenia", node("Kwota", own["amount"]), node("Powod", fitted(own["reason"])))


def payment(document: Document) -> Node | None:
    """Platnosc: by transfer, until a day; none where nothing is to be paid."""
    if exact(to_pay(document)) <= 0:
        return None
    due = document["due_on"]
    return node(
        "Platnosc",
        node("TerminPlatnosci", node("Termin", due)) if due else None,
        node("FormaPlatnosci", TRANSFER),
        _account(document),
    )


def _account(document: Document) -> Node | None:
    """The account to pay to: in złoty as a Polish number, else as an international one."""
    bank = document["seller"]["bank"]
    if not bank:
        return None
    prefix = "PL" if document["currency"] == "PLN" else ""
    return node(
        "RachunekBankowy",
        node("NrRB", "".join(bank["account"].split()).removeprefix(prefix)),
        optional("SWIFT", bank["swift"]),
        optional("NazwaBanku", fitted(bank["name"] or "", SHORT)),
    )


def terms(document: Document) -> Node:
    """WarunkiTransakcji: the order that the invoice rests on."""
    return node("WarunkiTransakcji", node("Umowy", node("NrUmowy", fitted(document["order"]))))
