"""Why a line of an invoice costs what it costs: an arithmetic that a pencil can follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.entitlements import Contract, pack_periods
from billing.money import SHOWN_DIGITS, amount_text, money, plain, rounded
from billing.orders.availability import pack_lines
from billing.rating.adjustments import Billed, still_to_bill
from invoices.explaining.service import GivenBack
from metering.as_of import LateEntries
from metering.calendar import WARSAW

Line = Mapping[str, Any]
Explained = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier period as an adjustment sees it: its ledgers then and now, and what was billed.

    ``invoice`` is the number of the period's own; ``billed`` is the overage of each meter that
    invoices before this one have charged, ``late`` what has come since the last of them.
    """

    invoice: str | None
    then: Mapping[str, Mapping[str, Any]]
    now: Mapping[str, Mapping[str, Any]]
    billed: Mapping[str, Billed]
    late: Sequence[LateEntries]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What lines rest on: the document, the contract of its period, and earlier periods.

    ``credits`` are those that it gives back by their periods, ``work`` what it charges by its id.
    """

    document: Mapping[str, Any]
    contract: Contract | None
    earlier: Mapping[str, Earlier]
    credits: Mapping[str, GivenBack] = field(default_factory=dict)
    work: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def explain_line(number: int, line: Line, grounds: Grounds) -> Explained:
    """A line with its arithmetic; ``agrees`` says whether it comes to the same amount."""
    reason = REASONS.get(line["kind"], _as_stated)(line, grounds)
    return {
        "line": number,
        **{name: line[name] for name in ("kind", "item", "name", "quantity", "unit")},
        **{name: line[name] for name in ("unit_price", "net", "days")},
        **reason,
    }


def _by_days(line: Line, grounds: Grounds) -> Explained:
    """So many units, for so many days of the month where it is not whole."""
    part = line["proration"]
    exact = (
        Fraction(part["units"] * part["days"], part["of"]) if part else Fraction(line["quantity"])
    )
    units = part["units"] if part else line["quantity"]
    days = f" × {part['days']} / {part['of']} days" if part else ""
    return {
        "meter": None,
        "arithmetic": [f"{units} {line['unit']}{days} × {line['unit_price']} = {line['net']}"],
        "agrees": rounded(exact, SHOWN_DIGITS) == Decimal(line["quantity"])
        and _costs(exact, line, grounds),
        "proration": part,
    }


def _by_purchase(line: Line, grounds: Grounds) -> Explained:
    """Every purchase that is charged in the period."""
    bought = list(_purchases(line["item"], grounds.contract))
    counted = sum((Decimal(one["quantity"]) for one in bought), Decimal(0))
    said = [
        f"{one['quantity']} bought at {one['at']}{', recurring' if one['recurring'] else ''}"
        for one in bought
    ]
    return {
        "meter": None,
        "arithmetic": [*said, _product(line)],
        "agrees": counted == Decimal(line["quantity"]) and _costs(Fraction(counted), line, grounds),
        "purchases": bought,
    }


def _purchases(item: str, contract: Contract | None) -> Iterator[Explained]:
    if contract is None:
        return
    for pack in pack_lines(contract.terms, contract.edition):
        paid = contract.period in pack_periods(contract.terms, pack, contract.period)
        if pack.item == item and paid:
            yield {
                "quantity": str(pack.quantity),
                "at": pack.at.astimezone(WARSAW).isoformat(),
                "recurring": pack.recurring,
            }


def _by_ledger(line: Line, grounds: Grounds) -> Explained:
    """The overage of a meter's ledger."""
    ledgers = {own["meter"]: own for own in grounds.document["ledgers"]}
    ledger, units = ledgers[line["item"]], Decimal(line["quantity"])
    return {
        "meter": line["item"],
        "arithmetic": [coverage(ledger), _product(line)],
        "agrees": Decimal(ledger["overage"]) == units and _costs(Fraction(units), line, grounds),
    }


def _by_earlier_period(line: Line, grounds: Grounds) -> Explained:
    """What an earlier period's overage has become, less what was billed of it."""
    meter, period = line["item"], line["days"]["from"][:7]
    own, units = grounds.earlier[period], Decimal(line["quantity"])
    then, now = own.then.get(meter), own.now.get(meter)
    overage = Decimal(now["overage"]) if now else Decimal(0)
    before = own.billed.get(meter)
    billed = before.whole if before else Decimal(0)
    difference = overage - billed
    carried = difference - units if difference < units < 0 else Decimal(0)
    cost, agrees = _cost(line, overage, None if carried else before, grounds)
    return {
        "meter": None,
        "arithmetic": [
            f"{period} on {own.invoice}: {coverage(then) if then else 'no usage'}",
            f"{period} now: {coverage(now) if now else 'no usage'}",
            *_came(meter, own.late),
            f"{plain(overage)} overage now - {plain(billed)} billed = {plain(difference)}",
            *([f"{plain(carried)} of it is carried on to a later invoice"] if carried else []),
            cost,
        ],
        "agrees": difference == units + carried and agrees,
        "earlier": {
            "period": period,
            "invoice": own.invoice,
            "then": then,
            "now": now,
            "billed": plain(billed),
            "carried": plain(carried),
            "late": [
                {"day": str(one.day), "quantity": plain(one.quantity), "entries": one.entries}
                for one in own.late
                if one.meter == meter
            ],
        },
    }


def _cost(line: Line, now: Decimal, billed: Billed | None, grounds: Grounds) -> tuple[str, bool]:
    """Its units at its price, or, where that is a grosz off, all units less what was billed."""
    costs = _costs(Fraction(line["quantity"]), line, grounds)
    if billed is None:
        return _product(line), costs
    due = amount_text(still_to_bill(now, billed, grounds.document["currency"]))
    units = f"{plain(now - billed.apart)} {line['unit']}"
    whole = f"{units} × {line['unit_price']} - {billed.net} billed = {due}"
    return _product(line) if costs else whole, due == line["net"]


def _came(meter: str, late: Iterable[LateEntries]) -> Iterator[str]:
    for one in late:
        if one.meter == meter:
            yield f"{one.day}: {plain(one.quantity)} came late, in {one.entries} entries"


def _by_claim(line: Line, grounds: Grounds) -> Explained:
    """What a confirmed claim comes to, less what was given back of it before (R94-R96)."""
    own = grounds.credits.get(line["days"]["from"][:7]) if line["days"] else None
    if own is None:
        return _as_stated(line, grounds)
    units, currency = Fraction(line["quantity"]), grounds.document["currency"]
    left = own.left(currency)
    carried = left + Decimal(line["net"])
    given = [f"{own.given:.2f} of it was given back before"] if own.given else []
    later = [f"{carried:.2f} of it is carried on to a later invoice"] if carried else []
    return {
        "meter": None,
        "arithmetic": [
            f"{own.percent}% of {own.base:.2f} recurring fees of {own.period} "
            f"= {own.whole(currency):.2f}",
            *given,
            *later,
            _product(line),
        ],
        "agrees": carried >= 0 and _costs(units, line, grounds),
        "credit": {
            "period": own.period,
            "percent": own.percent,
            "base": f"{own.base:.2f}",
            "given_before": f"{own.given:.2f}",
            "carried": f"{carried:.2f}",
        },
    }


def _by_work(line: Line, grounds: Grounds) -> Explained:
    """The hours that the client accepted, of each piece of work at this price (R116, R117)."""
    price = Decimal(line["unit_price"])
    done = {key: own for key, own in grounds.work.items() if Decimal(own["price"]) == price}
    hours = sum((Decimal(own["hours"]) for own in done.values()), Decimal(0))
    said = [f"{key}: {own['hours']} h, done on {own['performed']}" for key, own in done.items()]
    agrees = hours == Decimal(line["quantity"]) and _costs(Fraction(hours), line, grounds)
    return {
        "meter": None,
        "arithmetic": [*said, _product(line)],
        "agrees": agrees,
        "work": [{"id": key, **own} for key, own in done.items()],
    }


def _as_stated(line: Line, grounds: Grounds) -> Explained:
    """The line's own quantity and price."""
    agrees = _costs(Fraction(line["quantity"]), line, grounds)
    return {"meter": None, "arithmetic": [_product(line)], "agrees": agrees}


def coverage(ledger: Mapping[str, Any]) -> str:
    """A ledger in one line."""
    parts = (f"{ledger[key]} {name}" for key, name in PARTS.items())
    return f"{ledger['used']} used = {' + '.join(parts)}"


PARTS = {
    "included": "included",
    "from_packs": "from packs",
    "overage": "overage",
    "refused": "refused",
}


def _product(line: Line) -> str:
    return f"{line['quantity']} {line['unit']} × {line['unit_price']} = {line['net']}"


def _costs(quantity: Fraction, line: Line, grounds: Grounds) -> bool:
    """Whether a quantity at the line's price comes to its net amount."""
    cost = money(quantity * Fraction(line["unit_price"]), grounds.document["currency"])
    return amount_text(cost) == str(line["net"])


REASONS: Mapping[str, Callable[[Line, Grounds], Explained]] = {
    "subscription": _by_days,
    "sla": _by_days,
    "addon": _by_days,
    "pack": _by_purchase,
    "training": _by_purchase,
    "overage": _by_ledger,
    "adjustment": _by_earlier_period,
    "sla_credit": _by_claim,
    "service_work": _by_work,
}
"""One function for each kind of line that rests on more than itself; a new kind is a new row."""


def wanted(lines: Iterable[Line], asked: str | None) -> list[tuple[int, Line]]:
    """The lines asked for by their place, from 1 on, or their item; all if nothing is asked."""
    numbered = list(enumerate(lines, 1))
    if asked is None:
        return numbered
    return [(place, line) for place, line in numbered if asked in (str(place), line["item"])]
