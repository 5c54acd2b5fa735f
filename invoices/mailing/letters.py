"""Writes the letter that goes with an invoice, or recalls it, in a language."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from stdnum import iban

from invoices.language import Language, language
from invoices.mailing.wording import FACTS, WORDINGS
from metering.calendar import Period

LONGEST_NAME = 120


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
    """The letter of a kind about an issued invoice of which so much is due."""
    say, wording = language(code), WORDINGS[code, kind]
    facts = dict(_facts(document, due, say))
    words = {
        "number": one_line(document["number"]),
        "period": say.month(Period.parse(document["period"])),
        "service": one_line(say.name(document["service"])),
        "seller": one_line(document["seller"]["name"]),
        "contact": one_line(document["seller"]["email"]),
        "due": say.money(due, document["currency"]),
        "due_on": say.day(date.fromisoformat(document["due_on"])),
        "facts": _listed(facts, say),
    }
    return Letter(wording.subject.format(**words), wording.text.format(**words))


def _facts(document: Mapping[str, Any], due: Decimal, say: Language) -> Iterator[tuple[str, str]]:
    """What to pay, until when and where to; nothing of it where nothing is due."""
    yield "buyer", one_line(document["buyer"]["name"])
    yield "order", one_line(document["order"])
    yield "due", say.money(due, document["currency"])
    if due <= 0:
        return
    yield "due_on", say.day(date.fromisoformat(document["due_on"]))
    if bank := document["seller"]["bank"]:
        yield "account", iban.format(bank["account"])
        yield "bank", one_line(f"{bank['name']} {bank['swift']}")
        yield "title", one_line(document["number"])


def _listed(facts: Mapping[str, str], say: Language) -> str:
    labels = {fact: f"{say.text(FACTS[fact])}:" for fact in facts}
    width = max(map(len, labels.values())) + 1
    return "\n".join(f"{labels[fact]:{width}}{own}" for fact, own in facts.items())
