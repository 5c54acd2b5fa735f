"""Quantity packs: the full fee in every period a pack is paid for, never prorated (R55-R57)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from billing.catalog.edition import Price
from billing.entitlements import Contract, pack_periods
from billing.orders.availability import pack_lines
from billing.rating.charges import Charged, charge


def pack_charges(contract: Contract) -> Iterator[Charged]:
    """One charge for each pack of the period, so many of it."""
    bought: Counter[str] = Counter()
    for line in pack_lines(contract.terms, contract.edition):
        if contract.period in pack_periods(contract.terms, line, contract.period):
            bought[line.item] += line.quantity
    for key, quantity in bought.items():
        kind = contract.edition.packs[key].line
        price, where = pack_price(contract, key), f"prices.packs.{key}"
        yield charge(contract, kind, key, Fraction(quantity), price, where)


def pack_price(contract: Contract, pack: str) -> Price | None:
    """A pack's price, under its own key or under that of the add-on that is the same product."""
    names = [pack, *(k for k, item in contract.edition.items.items() if item.same_as == pack)]
    places = [(group, name) for name in names for group in ("packs", "addons")]
    own = (contract.terms.price(group, name) for group, name in places)
    ordered = next((Price(amount) for amount in own if amount is not None), None)
    printed = (contract.printed_price(group, name) for group, name in places)
    return ordered or next((price for price in printed if price is not None), None)
