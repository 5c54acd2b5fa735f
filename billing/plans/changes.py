"""A proposed change of prices and allowances, and what it makes of a catalog and of an order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Catalog, Edition, Item, Price
from billing.entitlements import Contract
from billing.money import rounded
from billing.orders.terms import OrderTerms
from billing.rating.packs import pack_price
from metering.problems import Problem

GROUPS = ("licence", "sla", "addons", "packs", "overage")
WHOLE_GROUPS = ("licence", "sla")
"""Groups of which one amount may stand for all keys."""
DIGITS = 8
"""A price has no more digits after the point than an invoice can show."""


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A new price of a group (``overage``, ``licence``, ``packs`` …) and a key, or of all keys.

    Either an ``amount`` in the catalog's currency, or ``percent`` more (or less) than what the
    order pays now. It takes the place of the order's own price as well as of the edition's.
    """

    group: str
    key: str | None = None
    amount: Decimal | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """A proposed change, for orders of some ``editions`` (all where none is named).

    ``limits`` are new limits by item and package, ``allowances`` new free units that come with an
    item, by meter; ``packs`` are new units of packs, ``caps`` of overage by meter. ``catalog``
    stands in place of today's where it is given; then all others are put on it.
    """

    prices: tuple[PriceChange, ...] = ()
    limits: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    allowances: Mapping[str, Decimal] = field(default_factory=dict)
    packs: Mapping[str, Decimal] = field(default_factory=dict)
    caps: Mapping[str, Decimal] = field(default_factory=dict)
    editions: frozenset[str] = frozenset()
    catalog: Catalog | None = None

    def concern(self, edition: str) -> bool:
        """Whether orders of an edition are changed."""
        return not self.editions or edition in self.editions


def changed_catalog(catalog: Catalog, changes: Changes) -> Catalog:
    """The catalog as it would be."""
    today = changes.catalog or catalog
    editions = {
        key: _edition(own, changes) if changes.concern(key) else own
        for key, own in today.editions.items()
    }
    return replace(today, editions=editions)


def _edition(edition: Edition, changes: Changes) -> Edition:
    """Packs are given in units of their pools, as the engine counts them."""
    items = {key: _limited(own, changes.limits.get(key, {})) for key, own in edition.items.items()}
    packs = {
        key: replace(own, units=changes.packs.get(key, own.units))
        for key, own in edition.packs.items()
    }
    meters = {
        key: replace(own, allowance=replace(own.allowance, units=changes.allowances[key]))
        if own.allowance and key in changes.allowances
        else own
        for key, own in edition.meters.items()
    }
    return replace(edition, items=items, packs=packs, meters=meters)


def _limited(item: Item, limits: Mapping[str, Decimal]) -> Item:
    return replace(item, cells={**item.cells, **{key: f"{own:f}" for key, own in limits.items()}})


def changed_terms(governed: Contract, changes: Changes) -> OrderTerms:
    """An order as it would be: with new prices in place of its own.

    What is said of one key goes before what is said of all keys of its group.
    """
    terms = governed.terms
    if not changes.concern(governed.edition.id):
        return terms
    prices = {group: dict(own) for group, own in terms.prices.items()}
    for change in sorted(changes.prices, key=lambda own: own.key is not None):
        for key in _keys(governed, change):
            now = _price(governed, change.group, key)
            if (price := _changed(governed, change, now)) is not None:
                prices.setdefault(change.group, {})[key] = price
    return replace(terms, prices=prices, caps={**terms.caps, **changes.caps})


def _keys(governed: Contract, change: PriceChange) -> Iterator[str]:
    """What a change is about: one key, or every key of the group that has a price."""
    if change.key is not None:
        yield change.key
        return
    printed = (key for group, key in governed.edition.prices if group == change.group)
    yield from dict.fromkeys([*governed.terms.prices.get(change.group, {}), *printed])


def _price(governed: Contract, group: str, key: str) -> Price | None:
    is_pack = group == "packs" and key in governed.edition.packs
    return pack_price(governed, key) if is_pack else governed.price(group, key)


def _changed(governed: Contract, change: PriceChange, now: Price | None) -> Decimal | None:
    """The new price; None where there is nothing to change."""
    if change.amount is not None:
        is_same = governed.terms.currency == governed.catalog.currency
        return change.amount if is_same else None
    if now is None or change.percent is None:
        return None
    return rounded(Fraction(now.amount) * (100 + Fraction(change.percent)) / 100, DIGITS)


def check_changes(changes: Changes, catalog: Catalog) -> list[Problem]:
    """What a change names that no edition has."""
    return [
        *_unknown_editions(changes, catalog),
        *(one for change in changes.prices for one in _unknown_price(change, catalog)),
        *_unknown_parts(changes, catalog),
    ]


def _unknown_editions(changes: Changes, catalog: Catalog) -> Iterator[Problem]:
    today = changes.catalog or catalog
    for key in sorted({*changes.editions, *catalog.editions} - today.editions.keys()):
        message = f"there is no edition {key}; the catalog has {', '.join(today.editions)}"
        yield Problem("unknown_edition", "editions", message)


def _unknown_price(change: PriceChange, catalog: Catalog) -> Iterator[Problem]:
    path = ".".join(part for part in ("prices", change.group, change.key) if part)
    known = _known(catalog).get(change.group)
    if known is None:
        message = f"there are no prices of {change.group}; choose one of {', '.join(GROUPS)}"
        yield Problem("unknown_field", path, message)
    elif change.key is None and change.amount is not None and change.group not in WHOLE_GROUPS:
        message = f"name what costs that, as in {change.group}.sms, or give a percentage"
        yield Problem("missing_field", path, message)
    elif change.key is not None and change.key not in known:
        yield Problem("unknown_item", path, f"no edition of the catalog has {change.key}")


def _known(catalog: Catalog) -> dict[str, set[str]]:
    editions = list(catalog.editions.values())
    return {
        "licence": {key for own in editions for key in own.packages},
        "sla": set(catalog.sla_levels),
        "addons": {key for own in editions for key in own.items},
        "packs": {key for own in editions for key in own.packs},
        "overage": set(catalog.meters),
    }


def _unknown_parts(changes: Changes, catalog: Catalog) -> Iterator[Problem]:
    editions = list(catalog.editions.values())
    limits = {
        own.allowance.limit for one in editions for own in one.meters.values() if own.allowance
    }
    packages = {key for own in editions for key in own.packages}
    given = {
        meter
        for one in editions
        for meter, own in one.meters.items()
        if own.allowance and own.allowance.limit is None and not own.allowance.licences
    }
    parts: list[tuple[str, Iterable[str], Set[str | None] | Set[str]]] = [
        ("limits", changes.limits, limits),
        ("allowances", changes.allowances, given),
        ("packs", changes.packs, {key for own in editions for key in own.packs}),
        ("caps", changes.caps, set(catalog.meters)),
        *((f"limits.{key}", own, packages) for key, own in changes.limits.items()),
    ]
    for group, names, known in parts:
        for name in names:
            if name not in known:
                message = f"no edition of the catalog has such a thing: {name}"
                yield Problem("unknown_item", f"{group}.{name}", message)
