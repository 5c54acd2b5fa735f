"""Days and amounts as banks and people write them, read exactly or not at all."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter, ValidationError

from billing import forms

MINUS = "\N{MINUS SIGN}"
MOST = Decimal(10) ** 12
"""An amount from here on is a slip of the keyboard."""

_DAY: TypeAdapter[date] = TypeAdapter(forms.Day)
_AMOUNT = re.compile(
    r"""(?P<sign>[-+\N{MINUS SIGN}]?)\s*
        (?P<whole>[0-9]+|[0-9]{1,3}(?:(?P<group>[ .,'])[0-9]{3})(?:(?P=group)[0-9]{3})*)
        (?:(?P<point>[.,])(?P<cents>[0-9]{1,2}))?
        \s*(?P<currency>[A-Z]{3})?""",
    re.VERBOSE,
)
_DAYS = (
    (re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"), "{0}-{1}-{2}"),
    (re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})"), "{2}-{1}-{0}"),
    (re.compile(r"([0-9]{2})-([0-9]{2})-([0-9]{4})"), "{2}-{1}-{0}"),
)


class Unreadable(ValueError):
    """A text that is not what it should be, with the code of the problem."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_amount(text: str) -> tuple[Decimal, str | None]:
    """An amount and its currency, if it names one: ``+1 234,56 PLN``, ``1234.56``, ``-5``.

    ``1,234`` could be more than a thousand or little more than one, so it is neither.
    """
    plain = " ".join(text.upper().replace("ZŁ", "PLN").split())
    found = _AMOUNT.fullmatch(plain)
    if found is None or not _is_clear(found):
        message = f"{text!r} is not an amount: write it as 1234.56 or 1 234,56"
        raise Unreadable("not_an_amount", message)
    whole = re.sub(r"[^0-9]", "", found["whole"])
    amount = Decimal(f"{whole}.{found['cents'] or '0'}")
    if amount >= MOST:
        raise Unreadable("amount_too_large", f"{text} is more than any payment")
    is_negative = found["sign"] in ("-", MINUS)
    return (-amount if is_negative else amount), found["currency"]


def _is_clear(found: re.Match[str]) -> bool:
    """Whether a sign between thousands, unless it is a blank, cannot be a decimal point."""
    group = (found["group"] or "").strip()
    return not group or found["point"] not in (None, group)


def read_day(text: str) -> date:
    """A day: ``2025-11-03``, ``03.11.2025`` or ``03-11-2025``."""
    for pattern, order in _DAYS:
        if found := pattern.fullmatch(text.strip()):
            return _day(order.format(*found.groups()))
    raise Unreadable("not_a_day", f"{text!r} is not a day: write it as 2025-11-03 or 03.11.2025")


def _day(text: str) -> date:
    try:
        return _DAY.validate_python(text)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Unreadable("not_a_day", message) from error
