"""How the lines of an invoice come about, in steps that a customer can check with a pencil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from invoices.language import Language
from invoices.language import marked as _
from invoices.units import usage_in_unit
from metering.calendar import Period

Document = Mapping[str, Any]
LESS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a calculation: a sign, what is counted, how much, and a remark.

    The remark of the last row is the ``result``: units times price, and the net amount.
    """

    sign: str
    label: str
    quantity: str
    remark: str = ""
    is_result: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one line comes about."""

    line: int
    title: str
    steps: tuple[Step, ...]


def explanations(document: Document, say: Language) -> Iterator[Explanation]:
    """One explanation for every line that is not simply so many units at a price."""
    ledgers = {ledger["meter"]: ledger for ledger in document["ledgers"]}
    for number, line in enumerate(document["lines"], 1):
        if line["kind"] == "overage":
            steps = (*coverage_steps(ledgers[line["item"]], say), _overage(line, document, say))
        elif line["proration"]:
            steps = (_proration(line, document, say),)
        elif line["kind"] == "adjustment":
            steps = (_late(line, document, say),)
        else:
            continue
        yield Explanation(number, say.name(line["name"]), steps)


def coverage_steps(ledger: Document, say: Language) -> Iterator[Step]:
    """Used, less what the allowance and packs cover and what is refused, is overage."""

    def units(name: str) -> str:
        return say.quantity(usage_in_unit(Decimal(ledger[name]), ledger["unit"]))

    yield Step("", say.text("used"), units("used"), _peak(ledger, say))
    yield Step(LESS, say.text("included"), units("included"), _free(ledger, say))
    if ledger["granted"] != "0":
        bought = say.text("packs of {n} in all", n=units("granted"))
        yield Step(LESS, say.text("from packs"), units("from_packs"), bought)
    if ledger["refused"] != "0":
        why = say.text("beyond the limit")
        if ledger["cap"] is not None:
            why = say.text("beyond the agreed overage of {n}", n=units("cap"))
        yield Step(LESS, say.text("refused"), units("refused"), why)


def _peak(ledger: Document, say: Language) -> str:
    if ledger["peak_at"] is None:
        return ""
    at = say.instant(datetime.fromisoformat(ledger["peak_at"]))
    return say.text("the highest level of the period, first on {at}", at=at)


def _free(ledger: Document, say: Language) -> str:
    shares = ledger["shares"]
    if shares is None and ledger["allowance"] == "0":
        return say.text("nothing is free of charge")
    if shares is None:
        free = usage_in_unit(Decimal(ledger["allowance"]), ledger["unit"])
        return say.text("free of charge in the period: {n}", n=say.quantity(free))
    each = _number(shares["each"], say)
    if shares["of"] == "licence":
        licences = say.count("{n} licence", "{n} licences", shares["holders"])
        return say.text("{licences}, {n} for each", licences=licences, n=each)
    users = say.count("{n} user", "{n} users", shares["holders"])
    return say.text(
        "{users}, {n} free for each; {over} of them used more, {sum} together",
        users=users,
        n=each,
        over=_number(shares["over"], say),
        sum=_number(shares["used_over"], say),
    )


def _overage(line: Document, document: Document, say: Language) -> Step:
    quantity = _number(line["quantity"], say)
    return Step("=", say.text("overage"), quantity, _result(quantity, line, document, say), True)


def _proration(line: Document, document: Document, say: Language) -> Step:
    """Units for days of service: the quantity has six digits on a line, the amount is exact."""
    part = line["proration"]
    first, last = (date.fromisoformat(line["days"][end]) for end in ("from", "to"))
    share = say.text("{served} of {days} days", served=str(part["days"]), days=str(part["of"]))
    units = say.quantity(Decimal(part["units"]))
    result = _result(f"{units} × {part['days']} / {part['of']}", line, document, say)
    return Step("", say.days(first, last), share, result, True)


REPORTED_LATE = _("overage of {month}, reported late")
GIVEN_BACK = _("overage of {month}, given back")


def _late(line: Document, document: Document, say: Language) -> Step:
    month = say.month(Period.of(date.fromisoformat(line["days"]["from"])))
    label = say.text(GIVEN_BACK if Decimal(line["quantity"]) < 0 else REPORTED_LATE, month=month)
    quantity = _number(line["quantity"], say)
    return Step("", label, quantity, _result(quantity, line, document, say), True)


def _result(units: str, line: Document, document: Document, say: Language) -> str:
    price = say.price(Decimal(line["unit_price"]))
    net = say.money(Decimal(line["net"]), document["currency"])
    return say.text("{units} × {price} = {net} net", units=units, price=price, net=net)


def _number(text: str, say: Language) -> str:
    return say.quantity(Decimal(text))
