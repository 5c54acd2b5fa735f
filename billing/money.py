"""Amounts of money: exact until they are rounded, once, half a grosz up."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

from moneyed import Money as Money  # exported: one kind of money for all
from moneyed import get_currency

SHOWN_DIGITS = 6
"""Digits after the point of a quantity on an invoice (FA(3) allows 6)."""


def rounded(amount: Fraction | Decimal, digits: int = 2) -> Decimal:
    """Rounds half up, away from zero, to so many digits after the point (R120)."""
    exact = Fraction(amount)
    scaled = abs(exact) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return _scaled(whole if exact >= 0 else -whole, digits)


def _scaled(whole: int, digits: int) -> Decimal:
    return Decimal((int(whole < 0), tuple(map(int, str(abs(whole)))), -digits))


def money(amount: Fraction | Decimal, currency: str) -> Money:
    """An amount rounded to the hundredth of its currency."""
    return Money(rounded(amount), get_currency(currency))


def total(amounts: list[Money], currency: str) -> Money:
    """The sum of amounts of one currency; of none it is zero."""
    return money(sum((Fraction(one.amount) for one in amounts), Fraction()), currency)


def plain(number: Decimal) -> str:
    """A quantity in digits without exponent or needless zeros: 5E+3 is ``5000``."""
    with localcontext() as context:
        context.prec = max(len(number.as_tuple().digits), 1)
        return f"{number.normalize():f}"


def price_text(price: Decimal) -> str:
    """A price of a unit, with as many digits as it has and two at least: ``150.00``, ``0.0004``."""
    digits = max(2, len(plain(price).partition(".")[2]))
    return f"{price:.{digits}f}"


def amount_text(amount: Money) -> str:
    """An amount for programs: ``108.00``."""
    return f"{amount.amount:.2f}"
