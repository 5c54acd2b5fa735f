"""Usage that came after its period was invoiced: the difference, on the next invoice.

Policy ``late_usage: adjustment``; under ``correction`` the period's own invoice is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Price
from billing.entitlements import Contract
from billing.rating.charges import Charged, Ledger, charge


@dataclass(frozen=True, slots=True)
class Billed:
    """Overage units of a meter and period that invoices have charged so far, and at which price."""

    units: Decimal
    unit_price: Decimal


def adjustments(
    contract: Contract, ledgers: Mapping[str, Ledger], billed: Mapping[str, Billed]
) -> Iterator[Charged]:
    """What an earlier period now costs more, or less, than was billed of it.

    ``ledgers`` are the period's ledgers as they are now. What was billed at a price is adjusted at
    that price. The charge names the days of the period it belongs to.
    """
    for meter in dict.fromkeys([*billed, *ledgers]):
        now = ledgers[meter].overage if meter in ledgers else Decimal(0)
        before = billed.get(meter)
        difference = Fraction(now) - Fraction(before.units if before else 0)
        price = Price(before.unit_price) if before else contract.price("overage", meter)
        where = f"prices.overage.{meter}"
        yield charge(contract, "adjustment", meter, difference, price, where, contract.served)
