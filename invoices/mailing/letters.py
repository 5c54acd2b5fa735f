"""Writes the letter that goes with a document, or recalls an invoice, in a language."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stdnum import iban

from invoices.invoice import CORRECTION, INVOICE, NOTE
from invoices.language import Language, language
from invoices.mailing.wording import FACTS, REMINDER, WORDINGS
from invoices.pdf.note_rows import settlement
from metering.calendar import Period

LONGEST_NAME = 120
Facts = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A message but for how it travels."""

    subject: str
    text: str


def one_line(text: str, longest: int = LONGEST_NAME) -> str:
    """A text of strangers for one line: nothing that breaks, hides or turns round what follows."""
    seen = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text)
    line = " ".join(seen.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def write_letter(kind: str, document: Mapping[str, Any], due: Decimal, code: str) -> Letter:
    """The letter of a kind about an issued document; of an invoice so much is due.

    Corrections and accounting notes ask for nothing: what they change is in the amount that is due
    of an invoice.
    """
    say, wording = language(code), WORDINGS[code, kind]
    facts = {**_concerning(document, kind), **dict(FACTS_OF[kind](document, due, say))}
    words = {
        "number": one_line(document["number"]),
        "period": say.month(Period.parse(document["period"])),
        "service": one_line(say.name(document["service"])),
        "seller": one_line(document["seller"]["name"]),
        "contact": one_line(document["seller"]["email"]),
        "due": say.money(due, document["currency"]),
        "due_on": say.day(date.fromisoformat(document["due_on"])),
        "facts": _listed(facts, say),
        "corrected": facts.get("corrected", ""),
        "settlement": settlement(document, say) if kind == NOTE else "",
    }
    return Letter(wording.subject.format(**words), wording.text.format(**words))


def _concerning(document: Mapping[str, Any], kind: str) -> dict[str, str]:
    customer = "recipient" if kind == NOTE else "buyer"
    return {customer: one_line(document["buyer"]["name"]), "order": one_line(document["order"])}


def _to_pay(document: Mapping[str, Any], due: Decimal, say: Language) -> Facts:
    """What to pay, until when and where to; nothing of it where nothing is due."""
    yield "due", say.money(due, document["currency"])
    if due <= 0:
        return
    yield "due_on", say.day(date.fromisoformat(document["due_on"]))
    if bank := document["seller"]["bank"]:
        yield "account", iban.format(bank["account"])
        yield "bank", one_line(f"{bank['name']} {bank['swift']}")
        yield "title", one_line(document["number"])


def _corrected(document: Mapping[str, Any], _due: Decimal, say: Language) -> Facts:
    """Which invoice is corrected, why, and by how much."""
    yield "corrected", one_line(document["corrects"]["number"])
    yield "reason", one_line(document["reason"])
    yield "difference", say.money(Decimal(document["gross"]), document["currency"])


def _penalties(document: Mapping[str, Any], _due: Decimal, say: Language) -> Facts:
    """What the customer is owed."""
    yield "penalties", say.money(Decimal(document["gross"]), document["currency"])


FACTS_OF: Mapping[str, Callable[[Mapping[str, Any], Decimal, Language], Facts]] = {
    INVOICE: _to_pay,
    REMINDER: _to_pay,
    CORRECTION: _corrected,
    NOTE: _penalties,
}
"""What a letter of each kind lists beside the customer and the order."""


def _listed(facts: Mapping[str, str], say: Language) -> str:
    labels = {fact: f"{say.text(FACTS[fact])}:" for fact in facts}
    width = max(map(len, labels.values())) + 1
    return "\n".join(f"{labels[fact]:{width}}{own}" for fact, own in facts.items())
