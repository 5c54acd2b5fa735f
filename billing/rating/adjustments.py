"""Usage that came after its period was invoiced: the difference, on the next invoice.

Policy ``late_usage: adjustment``; under ``correction`` the period's own invoice is corrected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Price
from billing.entitlements import Contract
from billing.money import Money, money
from billing.rating.charges import Charge, Charged, Ledger, charge


@dataclass(frozen=True, slots=True)
class Billed:
    """Overage of a meter and period that invoices have charged so far: units, price, net amount."""

    units: Decimal
    unit_price: Decimal
    net: Decimal


def adjustments(
    contract: Contract, ledgers: Mapping[str, Ledger], billed: Mapping[str, Billed]
) -> Iterator[Charged]:
    """What an earlier period now costs more, or less, than was billed of it.

    ``ledgers`` are the period's ledgers as they are now. What was billed at a price is adjusted at
    that price. The charge names the days of the period it belongs to. All that is billed of the
    period comes to its overage as it is now, rounded once, in however many parts it was billed.
    """
    for meter in dict.fromkeys([*billed, *ledgers]):
        now = ledgers[meter].overage if meter in ledgers else Decimal(0)
        before = billed.get(meter)
        difference = Fraction(now) - Fraction(before.units if before else 0)
        price = Price(before.unit_price) if before else contract.price("overage", meter)
        where = f"prices.overage.{meter}"
        made = charge(contract, "adjustment", meter, difference, price, where, contract.served)
        if before is not None and isinstance(made, Charge):
            made = replace(made, net=still_to_bill(now, before, contract.terms.currency))
        yield made


def still_to_bill(now: Decimal, billed: Billed, currency: str) -> Money:
    """What overage costs now, rounded once, less what invoices have charged of it."""
    whole = money(Fraction(now) * Fraction(billed.unit_price), currency)
    return whole - money(billed.net, currency)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The charges of an invoice with the credits that fit into it, and those carried on."""

    charges: tuple[Charge, ...]
    carried: tuple[Charge, ...] = ()


def fit_credits(contract: Contract, charges: Iterable[Charge]) -> Fitted:
    """Lets an invoice give back as much as it charges, the earliest period first.

    No invoice comes to less than nothing, and none has credits alone: what is left of a credit is
    given back by later ones.
    """
    own = list(charges)
    if only_credits(own):
        return Fitted((), tuple(own))
    room = sum((Fraction(o.net.amount) for o in own if not _is_credit(o)), Fraction(0))
    kept: list[Charge] = []
    carried: list[Charge] = []
    for one in own:
        part = _fitting(contract, one, room) if _is_credit(one) else one
        if part is not None:
            kept.append(part)
            room += Fraction(part.net.amount) if _is_credit(part) else 0
        if part is not one:
            carried.append(_rest(one, part))
    return Fitted(tuple(kept), tuple(carried))


def only_credits(charges: Iterable[Charge]) -> bool:
    """Whether nothing is charged that credits could be given back from."""
    return all(map(_is_credit, charges))


CREDITS = ("adjustment", "sla_credit")
WHOLE_AMOUNT = "sla_credit"
"""A credit of one unit, whose price is the amount: it may be given back in any parts."""


def _is_credit(charge: Charge) -> bool:
    return charge.kind in CREDITS and charge.quantity < 0


def _fitting(contract: Contract, credit: Charge, room: Fraction) -> Charge | None:
    """As much of a credit as there is room for: whole units of usage, or a part of an amount."""
    if -Fraction(credit.net.amount) <= room:
        return credit
    if credit.kind == WHOLE_AMOUNT:
        part = money(room, contract.terms.currency)
        return replace(credit, unit_price=part.amount, net=-part) if room > 0 else None
    smallest = Fraction(1, 10 ** contract.catalog.meters[credit.item].decimals)
    units = room / Fraction(credit.unit_price) // smallest * smallest
    price, where = Price(credit.unit_price), f"prices.overage.{credit.item}"
    made = charge(contract, credit.kind, credit.item, -units, price, where, credit.days)
    return made if isinstance(made, Charge) else None


def _rest(credit: Charge, part: Charge | None) -> Charge:
    if part is None:
        return credit
    if credit.kind == WHOLE_AMOUNT:
        left = credit.unit_price - part.unit_price
        return replace(credit, unit_price=left, net=credit.net - part.net)
    return replace(credit, quantity=credit.quantity - part.quantity, net=credit.net - part.net)
