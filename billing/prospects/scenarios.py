"""A prospect on some plans as a scenario file: what `licznik simulate` bills, to check by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from billing.money import plain
from billing.orders.terms import AddonLine, OrderTerms, PackLine
from billing.prospects.prospect import Prospect
from billing.prospects.spreading import uses
from metering.calendar import WARSAW
from metering.meters import Meter, MeterKind

Document = dict[str, Any]
ACCOUNT = "prospect"


def scenario_document(
    prospect: Prospect, orders: Iterable[OrderTerms], meters: Mapping[str, Meter]
) -> Document:
    """The scenario in which each of some orders meets the prospect's demand."""
    terms = list(orders)
    return {
        "accounts": [{"id": ACCOUNT, "name": prospect.name}],
        "orders": [order_document(own) for own in terms],
        "usage": [entry for own in terms for entry in _entries(prospect, own.id, meters)],
    }


def _entries(prospect: Prospect, order: str, meters: Mapping[str, Meter]) -> Iterator[Document]:
    for use in uses(prospect, meters):
        is_stock = meters[use.meter].kind is MeterKind.STOCK
        entry = {"order": order, "meter": use.meter, "time": use.at.astimezone(WARSAW).isoformat()}
        entry["delta" if is_stock else "quantity"] = plain(use.quantity)
        yield {**entry, "user": use.user} if use.user else entry


def order_document(terms: OrderTerms) -> Document:
    """An order as a scenario states it; of one package, one edition and one service level."""
    package, level = terms.packages[0], terms.sla[0].level
    own: Document = {
        "id": terms.id,
        "account": ACCOUNT,
        "edition": terms.editions[0].edition,
        "package": package.package,
        "currency": terms.currency,
        "licences": package.licences,
        "sla": level,
        "launch_date": str(terms.launch_date),
        "end_date": None if terms.end_date is None else str(terms.end_date),
        "prices": _prices(terms, package.package, level),
        "caps": {key: plain(cap) for key, cap in terms.caps.items()},
        "policies": dict(terms.policies),
        "addons": [_addon(line) for line in terms.addons],
        "packs": [_pack(line) for line in terms.packs],
        "declares": list(terms.declares),
    }
    return {key: value for key, value in own.items() if value not in ({}, [], None)}


def _prices(terms: OrderTerms, package: str, level: str) -> Document:
    single = {"licence": package, "sla": level, "service_work": "service_work"}
    given = {group: terms.price(group, key) for group, key in single.items()}
    prices: Document = {group: _text(price) for group, price in given.items() if price is not None}
    for group in ("addons", "packs", "overage"):
        if own := terms.prices.get(group):
            prices[group] = {key: _text(price) for key, price in own.items()}
    return prices


def _text(price: Decimal) -> str:
    return f"{price:f}"


def _addon(line: AddonLine) -> Document:
    days = {"from": line.start, "to": line.end}
    given = {key: str(day) for key, day in days.items() if day is not None}
    return {"item": line.item, "quantity": line.quantity, **given}


def _pack(line: PackLine) -> Document:
    own: Document = {"item": line.item, "at": line.at.astimezone(WARSAW).isoformat()}
    own |= {"quantity": line.quantity, "recurring": line.recurring}
    return own if line.end is None else {**own, "to": str(line.end)}
