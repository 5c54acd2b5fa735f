"""The order as an event-sourced aggregate: decisions recorded one by one, terms as their result.

An event says what was decided, when and by whom it was recorded; `evolve` makes the terms from
them. What follows from the events and can be computed is not recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from billing.orders import changes
from billing.orders.terms import Account, AddonLine, OrderTerms, PackLine

TERMS: TypeAdapter[OrderTerms] = TypeAdapter(OrderTerms)
ACCOUNT: TypeAdapter[Account] = TypeAdapter(Account)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What every decision says of itself."""

    originator_id: str
    originator_version: int
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class AccountKept(Event):
    """An account was registered, or its details changed."""

    details: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Placed(Event):
    """The order was placed."""

    terms: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Updated(Event):
    """An order update was agreed before the launch: new terms replace the old ones (R17)."""

    terms: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class LaunchShifted(Event):
    """The launch date was moved; ``asked`` is the date the client wanted (R16, R18)."""

    to: date
    asked: date


@dataclass(frozen=True, kw_only=True)
class LaunchConfirmed(Event):
    """The provider confirmed the launch date by e-mail (R20)."""

    launch_date: date
    confirmed_on: date


@dataclass(frozen=True, kw_only=True)
class LicencesChanged(Event):
    """The number of licences of a package changed from a day on."""

    package: str
    licences: int
    start: date


@dataclass(frozen=True, kw_only=True)
class PackageAdded(Event):
    """A further package was ordered (R19)."""

    package: str
    licences: int
    start: date


@dataclass(frozen=True, kw_only=True)
class PackageChanged(Event):
    """Another package took the place of those before, from a day on."""

    package: str
    licences: int
    start: date
    price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class EditionMoved(Event):
    """The order moved to another edition, from the start of a period on (R7)."""

    edition: str
    start: date


@dataclass(frozen=True, kw_only=True)
class SlaChanged(Event):
    """The service level changed from a day on."""

    level: str
    start: date
    price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class AddonAdded(Event):
    """An add-on was ordered."""

    item: str
    quantity: int
    start: date
    end: date | None = None
    price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PackAdded(Event):
    """A pack was bought."""

    item: str
    at: datetime
    quantity: int
    recurring: bool
    end: date | None = None
    price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class PriceAgreed(Event):
    """A net price was agreed; it holds for every period that has no invoice yet."""

    group: str
    key: str
    price: Decimal


@dataclass(frozen=True, kw_only=True)
class ItemEnded(Event):
    """An add-on or a recurring pack was ended."""

    item: str
    last_day: date


@dataclass(frozen=True, kw_only=True)
class Closed(Event):
    """The order was closed."""

    last_day: date


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its events have made it. ``placed`` are the terms it began with."""

    id: str
    version: int
    terms: OrderTerms
    placed: OrderTerms
    confirmed_on: date | None = None


def order_key(order: str) -> str:
    """The name of an order's stream."""
    return f"order/{order}"


def account_key(account: str) -> str:
    """The name of an account's stream."""
    return f"account/{account}"


def replay(events: Iterable[Any]) -> Order | None:
    """The order that some events make; None if there are none."""
    order: Order | None = None
    for event in events:
        order = evolve(order, event)
    return order


def evolve(order: Order | None, event: Any) -> Order:
    """The order after one more event."""
    if isinstance(event, Placed):
        terms = TERMS.validate_python(event.terms)
        return Order(terms.id, event.originator_version, terms, terms)
    if order is None:
        raise ValueError(f"{event.originator_id} begins with {type(event).__name__}")
    if isinstance(event, LaunchConfirmed):
        order = replace(order, confirmed_on=event.confirmed_on)
    return replace(order, version=event.originator_version, terms=changed(order.terms, event))


def changed(terms: OrderTerms, event: Any) -> OrderTerms:
    """The terms after one more event."""
    match event:
        case Updated():
            return TERMS.validate_python(event.terms)
        case LaunchShifted():
            return changes.with_launch(terms, event.to)
        case LicencesChanged():
            return changes.with_licences(terms, event.package, event.licences, event.start)
        case PackageAdded():
            return changes.with_package(terms, event.package, event.licences, event.start)
        case PackageChanged():
            own = (event.package, event.licences, event.start, event.price)
            return changes.with_only_package(terms, *own)
        case EditionMoved():
            return changes.with_edition(terms, event.edition, event.start)
        case SlaChanged():
            return changes.with_sla(terms, event.level, event.start, event.price)
        case AddonAdded():
            line = AddonLine(event.start, event.end, item=event.item, quantity=event.quantity)
            return changes.with_addon(terms, line, event.price)
        case PackAdded():
            pack = PackLine(event.item, event.at, event.quantity, event.recurring, event.end)
            return changes.with_pack(terms, pack, event.price)
        case PriceAgreed():
            return changes.with_prices(terms, event.group, {event.key: event.price})
        case ItemEnded():
            return changes.without(terms, event.item, event.last_day)
        case Closed():
            return changes.closed(terms, event.last_day)
        case LaunchConfirmed():
            return terms
    raise ValueError(f"{type(event).__name__} is no event of an order")
