"""What rating produces: ledgers, which say how usage is covered, and charges, which cost money."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Price
from billing.entitlements import Contract
from billing.money import SHOWN_DIGITS, Money, money, rounded
from metering.calendar import Period, Span
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class Shares:
    """An allowance of so many units for ``each`` of so many ``holders`` (R46).

    Of the holders, users or licences, ``over`` used more than theirs, ``used_over`` together: so
    what they used beyond it is ``used_over - over * each``.
    """

    of: str
    holders: int
    each: Decimal
    over: int = 0
    used_over: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ledger:
    """How the units of a meter used in a period are covered.

    ``used = included + from_packs + overage + refused``. ``allowance`` and ``granted`` are the
    units that the order's allowance and packs would have covered, ``cap`` the overage it allows.
    ``shares`` tells how the allowance was shared out, ``peak_at`` when a level was at its highest.
    """

    order: str
    meter: str
    period: Period
    used: Decimal
    included: Decimal
    from_packs: Decimal
    overage: Decimal
    refused: Decimal
    allowance: Decimal
    granted: Decimal
    cap: Decimal | None
    shares: Shares | None = None
    peak_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proration:
    """A fee for a part of the period: so many units for ``days`` of its days (R15)."""

    units: int
    days: int
    of: int


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of an invoice before VAT.

    ``quantity`` is shown to six decimals; ``net`` was rounded once, from the exact quantity.
    ``days`` are the days of service charged, for recurring fees, with their ``proration`` where
    they are not the whole period.
    """

    kind: str
    item: str
    quantity: Decimal
    unit_price: Decimal
    net: Money
    indicative: bool = False
    days: Span | None = None
    proration: Proration | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """An order's period, rated. With problems there is nothing to invoice."""

    order: str
    period: Period
    ledgers: tuple[Ledger, ...]
    charges: tuple[Charge, ...]
    problems: tuple[Problem, ...]

    def with_more(self, charged: Iterable[Charged]) -> Rated:
        """The same period with further charges, or the problems that prevent them."""
        more = tuple(charged)
        return replace(
            self,
            charges=(*self.charges, *(one for one in more if isinstance(one, Charge))),
            problems=(*self.problems, *(one for one in more if isinstance(one, Problem))),
        )


Charged = Charge | Problem | None
"""A charge, the problem that prevents it, or nothing where quantity or price is zero."""


def charge(
    contract: Contract,
    kind: str,
    item: str,
    quantity: Fraction,
    price: Price | None,
    where: str,
    days: Span | None = None,
    proration: Proration | None = None,
) -> Charged:
    """The charge for an exact quantity; ``where`` is the place of the price in an order.

    A missing price is the problem ``missing_price``, never zero (R4).
    """
    if quantity == 0:
        return None
    if price is None:
        message = f"order {contract.terms.id} has no price for {item}: add {where}"
        return Problem("missing_price", where, message)
    if price.amount == 0:
        return None
    net = money(quantity * Fraction(price.amount), contract.terms.currency)
    shown = rounded(quantity, SHOWN_DIGITS)
    return Charge(kind, item, shown, price.amount, net, price.indicative, days, proration)
