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
    """Overage of a meter and period that invoices have charged so far: units, price, net amount.

    ``apart`` are further units that were charged at another price: they stay as they are.
    """

    units: Decimal
    unit_price: Decimal
    net: Decimal
    apart: Decimal = Decimal(0)

    @property
    def whole(self) -> Decimal:
        """All units that were charged."""
        return self.units + self.apart


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
        difference = Fraction(now) - Fraction(before.whole if before else 0)
        price = Price(before.unit_price) if before else contract.price("overage", meter)
        where = f"prices.overage.{meter}"
        made = charge(contract, "adjustment", meter, difference, price, where, contract.served)
        if before is not None and isinstance(made, Charge):
            made = replace(made, net=still_to_bill(now, before, contract.terms.currency))
        yield made


def still_to_bill(now: Decimal, billed: Billed, currency: str) -> Money:
    """What overage costs now, rounded once, less what invoices have charged of it."""
    whole = money(Fraction(now - billed.apart) * Fraction(billed.unit_price), currency)
    return whole - money(billed.net, currency)


def not_billed_yet(
    contract: Contract, charges: Iterable[Charge], elsewhere: Mapping[str, Billed]
) -> tuple[list[Charge], bool]:
    """Charges of a period without the overage that other invoices have charged as adjustments.

    Says, too, whether nothing is left to be given back: no overage is less than nothing.
    """
    kept: list[Charge] = []
    left = {meter: own.whole for meter, own in elsewhere.items()}
    for one in charges:
        before = elsewhere.get(one.item) if one.kind == "overage" else None
        if before is None:
            kept.append(one)
        elif one.quantity >= before.whole:
            del left[one.item]
            kept += _rest_of(contract, one, before)
    return kept, not any(left.values())


def _rest_of(contract: Contract, whole: Charge, billed: Billed) -> Iterator[Charge]:
    """What is left of overage; at one price all of it is rounded once."""
    units, price = Fraction(whole.quantity - billed.whole), Price(whole.unit_price)
    where = f"prices.overage.{whole.item}"
    made = charge(contract, whole.kind, whole.item, units, price, where, whole.days)
    if isinstance(made, Charge):
        is_same = whole.unit_price == billed.unit_price
        currency = contract.terms.currency
        net = still_to_bill(whole.quantity, billed, currency) if is_same else made.net
        yield replace(made, net=net)


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


def fit_into(contract: Contract, owed: Iterable[Charge], room: Fraction) -> Iterator[Charge]:
    """As much of some credits as an amount can give back, the first of them first."""
    for one in owed:
        part = _fitting(contract, one, room)
        if part is not None:
            room += Fraction(part.net.amount)
            yield part


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
