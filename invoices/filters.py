"""What templates may do with a value: numbers and days come as text of the document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from invoices.language import Language
from invoices.units import counted, unit_name, usage_in_unit, usage_unit


def filters(say: Language) -> Mapping[str, Callable[..., str]]:
    """The filters of a language."""
    return {
        "amount": lambda text: say.amount(Decimal(text)),
        "money": lambda text, currency: say.money(Decimal(text), currency),
        "price": lambda text: say.price(Decimal(text)),
        "rate": lambda text: say.quantity(Decimal(text)),
        "quantity": lambda text: say.quantity(Decimal(text)),
        "percent": lambda text: say.percent(Decimal(text)),
        "counted": lambda text, unit: counted(Decimal(text), unit, say),
        "date": lambda text: say.day(date.fromisoformat(text)),
        "days": lambda own: say.days(*(date.fromisoformat(own[end]) for end in ("from", "to"))),
        "named": say.name,
        "unit": lambda unit: unit_name(unit, say.code),
        "usage_unit": lambda unit: usage_unit(unit, say.code),
        "usage": lambda text, unit: say.quantity(usage_in_unit(Decimal(text), unit)),
        "groups_of_four": lambda text: " ".join(text[i : i + 4] for i in range(0, len(text), 4)),
    }
