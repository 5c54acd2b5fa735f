"""Writes the letter that goes with an invoice, or recalls it, in the language of the account."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from babel.numbers import format_currency
from stdnum import iban

from invoices.mailing.wording import TONGUES, WORDINGS, Tongue
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


def write_letter(kind: str, document: Mapping[str, Any], due: Decimal, language: str) -> Letter:
    """The letter of a kind about an issued invoice of which so much is due."""
    tongue, wording = TONGUES[language], WORDINGS[language, kind]
    facts = dict(_facts(document, due, tongue))
    words = {
        "number": one_line(document["number"]),
        "period": _day(Period.parse(document["period"]).first_day, tongue.month, tongue),
        "service": one_line(document["service"][language]),
        "seller": one_line(document["seller"]["name"]),
        "contact": one_line(document["seller"]["email"]),
        "due": _amount(due, document["currency"], tongue),
        "due_on": _day(date.fromisoformat(document["due_on"]), tongue.day, tongue),
        "facts": _listed(facts, tongue),
    }
    return Letter(wording.subject.format(**words), wording.text.format(**words))


def _facts(document: Mapping[str, Any], due: Decimal, tongue: Tongue) -> Iterator[tuple[str, str]]:
    """What to pay, until when and where to; nothing of it where nothing is due."""
    yield "buyer", one_line(document["buyer"]["name"])
    yield "order", one_line(document["order"])
    yield "due", _amount(due, document["currency"], tongue)
    if due <= 0:
        return
    yield "due_on", _day(date.fromisoformat(document["due_on"]), tongue.day, tongue)
    if bank := document["seller"]["bank"]:
        yield "account", iban.format(bank["account"])
        yield "bank", one_line(f"{bank['name']} {bank['swift']}")
        yield "title", one_line(document["number"])


def _listed(facts: Mapping[str, str], tongue: Tongue) -> str:
    width = max(len(tongue.facts[fact]) for fact in facts) + 2
    return "\n".join(f"{tongue.facts[fact] + ':':{width}}{own}" for fact, own in facts.items())


def _amount(amount: Decimal, currency: str, tongue: Tongue) -> str:
    """Two digits after the point in every currency, as on the invoice."""
    return format_currency(
        amount, currency, tongue.amount, locale=tongue.locale, currency_digits=False
    )


def _day(day: date, pattern: str, tongue: Tongue) -> str:
    return format_date(day, pattern, locale=tongue.locale)
