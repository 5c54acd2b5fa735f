"""Usage that came after its period was invoiced: the difference, on the next invoice.

Policy ``late_usage: adjustment``; under ``correction`` the period's own invoice is corrected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from billing.entitlements import Contract
from billing.rating.charges import Charged, Ledger, charge


def adjustments(
    contract: Contract, ledgers: Mapping[str, Ledger], billed: Mapping[str, Decimal]
) -> Iterator[Charged]:
    """What an earlier period now costs more, or less, than was billed of it.

    ``ledgers`` are the period's ledgers as they are now, ``billed`` the overage units of each meter
    that invoices have charged so far. The charge names the days of the period it belongs to.
    """
    for meter in dict.fromkeys([*billed, *ledgers]):
        now = ledgers[meter].overage if meter in ledgers else Decimal(0)
        difference = Fraction(now) - Fraction(billed.get(meter, Decimal(0)))
        price, where = contract.price("overage", meter), f"prices.overage.{meter}"
        yield charge(contract, "adjustment", meter, difference, price, where, contract.served)
