"""VAT in złoty on invoices in a foreign currency, by the National Bank's rates that are kept here.

The tax point of a service that is settled by periods is the last of its days that the invoice bills
(art. 19a(3) of the VAT Act); the rate is that of the last working day before it (art. 31a(1)).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.decisions import Decisions
from billing.exchange import Rate, rate_before
from billing.money import rounded
from invoices.drafting import Draft
from invoices.restating import Document
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound
from metering.store import Statement

ZLOTY = "PLN"
LONGEST_GAP = timedelta(days=10)
"""More days than the bank ever goes without a table."""

KEEP_RATE = """
    INSERT INTO exchange_rate (currency, day, rate, table_number, recorded_at)
    VALUES (%(currency)s, %(day)s, %(rate)s, %(table)s, %(recorded_at)s)
    ON CONFLICT DO NOTHING
"""
RATES = """
    SELECT currency, day, rate, table_number FROM exchange_rate
    WHERE (%(currencies)s::text[] IS NULL OR currency = ANY(%(currencies)s))
      AND (%(first)s::date IS NULL OR day >= %(first)s)
      AND (%(last)s::date IS NULL OR day <= %(last)s)
    ORDER BY day, currency
"""


def keep_rates(decisions: Decisions, rates: Sequence[Rate], now: datetime) -> int:
    """Keeps rates that are not known yet, and says how many; raises where one contradicts another.

    A published rate does not change, so another one of a known day is a mistake.
    """
    known = {(own.currency, own.day): own.rate for own in known_rates(decisions, _days(rates))}
    wrong = [own for own in rates if known.get((own.currency, own.day), own.rate) != own.rate]
    if wrong:
        raise ProblemsFound([_contradiction(own, known[own.currency, own.day]) for own in wrong])
    new = [own for own in rates if (own.currency, own.day) not in known]
    rows = ({**_row(own), "recorded_at": now} for own in new)
    decisions.save(statements=[Statement(KEEP_RATE, row) for row in rows])
    return len(new)


def _row(rate: Rate) -> dict[str, Any]:
    return {"currency": rate.currency, "day": rate.day, "rate": rate.rate, "table": rate.table}


def _days(rates: Sequence[Rate]) -> tuple[date, date] | None:
    days = [own.day for own in rates]
    return (min(days), max(days)) if days else None


def _contradiction(rate: Rate, known: Decimal) -> Problem:
    message = f"{rate.currency} of {rate.day} is {known} here, and not {rate.rate}: compare it"
    return Problem("another_exchange_rate", f"{rate.currency}.{rate.day}", message)


def known_rates(
    decisions: Decisions,
    days: tuple[date, date] | None = None,
    currencies: Iterable[str] | None = None,
) -> list[Rate]:
    """The rates that are kept, of some days and currencies if they are given."""
    first, last = days or (None, None)
    wanted = None if currencies is None else sorted(set(currencies))
    rows = decisions.rows(RATES, currencies=wanted, first=first, last=last)
    return [Rate(row["currency"], row["rate"], row["day"], row["table_number"]) for row in rows]


def rates_for(decisions: Decisions, currencies: Iterable[str], period: Period) -> list[Rate]:
    """The rates that invoices of a period in some currencies may need; none for złoty alone."""
    foreign = {own for own in currencies if own != ZLOTY}
    if not foreign:
        return []
    return known_rates(decisions, (period.first_day - LONGEST_GAP, period.last_day), foreign)


def exchanged(draft: Draft, rates: Iterable[Rate], percents: Mapping[str, Decimal]) -> Draft:
    """A draft with its VAT in złoty, where it is in another currency and has VAT.

    ``percents`` are the VAT rates by their codes. A rate that is not known is a problem.
    """
    document = draft.document
    if document is None or document["currency"] == ZLOTY:
        return draft
    taxed = [own for own in document["vat_groups"] if percents[own["vat_rate"]]]
    if not taxed:
        return draft
    tax_point = date.fromisoformat(document["days"]["to"])
    found = rate_before(rates, document["currency"], tax_point)
    if isinstance(found, Problem):
        return replace(draft, document=None, problems=(found,))
    vat = {own["vat_rate"]: in_zloty(own["vat"], found.rate) for own in taxed}
    return replace(draft, document={**document, "exchange": exchange_document(found, vat)})


def exchange_document(rate: Rate, vat: Mapping[str, Decimal]) -> dict[str, Any]:
    """A rate with the VAT that was converted at it, as a document states them."""
    return {
        "currency": rate.currency,
        "rate": f"{rate.rate:f}",
        "day": str(rate.day),
        "table": rate.table,
        "vat": {key: f"{own:.2f}" for key, own in vat.items()},
    }


def corrected_exchange(before: Document, after: Document) -> dict[str, Any] | None:
    """What a correction states of an exchange: the original's rate, and the difference in złoty."""
    exchange: Mapping[str, Any] | None = before.get("exchange")
    if exchange is None:
        return None
    rate = Decimal(exchange["rate"])
    old, new = ({o["vat_rate"]: o["vat"] for o in own["vat_groups"]} for own in (before, after))
    vat = {
        key: in_zloty(new.get(key, "0"), rate) - in_zloty(old.get(key, "0"), rate)
        for key in exchange["vat"]
    }
    return {**exchange, "vat": {key: f"{own:.2f}" for key, own in vat.items()}}


def in_zloty(amount: str, rate: Decimal) -> Decimal:
    """An amount in złoty, rounded once."""
    return rounded(Fraction(amount) * Fraction(rate))
