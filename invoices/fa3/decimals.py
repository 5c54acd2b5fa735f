"""Numbers as FA(3) writes them: digits before and after a point, and nothing else.

A document's numbers are text already and are written as they stand. What is no such number is left
to `checking`, which names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

WRITTEN = re.compile(r"-?(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Precision:
    """The most digits before and after the point that a number may have."""

    whole: int
    fraction: int


AMOUNT = Precision(16, 2)
QUANTITY = Precision(16, 6)
PRICE = Precision(14, 8)


def exact(text: str) -> Decimal:
    """The value of a written number; a text that is none counts as zero."""
    return Decimal(text) if WRITTEN.fullmatch(text) else Decimal(0)


def total(texts: Iterable[str]) -> Decimal:
    """The exact sum of written amounts."""
    return sum(map(exact, texts), Decimal("0.00"))


def amount(value: Decimal) -> str:
    """An amount of money, to the hundredth."""
    return f"{value:.2f}"


def trimmed(value: str) -> str:
    """A number without zeros that say nothing, as an exchange rate is written: ``4.2512``."""
    return value.rstrip("0").rstrip(".") if "." in value else value
