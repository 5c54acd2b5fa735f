"""What a credit on an invoice rests on: the claim's percentage, the fees, what was given before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import money
from billing.rating.recurring import KINDS
from invoices.restating import Document
from invoices.service import gives_back
from metering.calendar import Period


@dataclass(frozen=True, slots=True)
class GivenBack:
    """A credit of a period: ``percent`` of the recurring fees that documents bill (``base``).

    ``given`` is what documents before the invoice have given back of it.
    """

    period: str
    percent: str
    base: Decimal
    given: Decimal

    def whole(self, currency: str) -> Decimal:
        """The whole credit, rounded once."""
        return money(Fraction(self.base) * Fraction(self.percent) / 100, currency).amount

    def left(self, currency: str) -> Decimal:
        """What was still to be given back."""
        return self.whole(currency) - self.given


def given_back(claims: Mapping[str, Any], documents: Sequence[Document]) -> dict[str, GivenBack]:
    """The credits of the claims that an invoice names; ``documents`` are those before it."""
    return {
        period: GivenBack(period, str(percent), _base(period, documents), _given(period, documents))
        for period, percent in claims.items()
    }


def _base(period: str, documents: Iterable[Document]) -> Decimal:
    own = (one for one in documents if one["period"] == period)
    lines = (line for one in own for line in one["lines"])
    return _sum(line for line in lines if line["kind"] in KINDS)


def _given(period: str, documents: Iterable[Document]) -> Decimal:
    lines = (line for one in documents for line in one["lines"])
    return -_sum(line for line in lines if gives_back(line, Period.parse(period)))


def _sum(lines: Iterable[Document]) -> Decimal:
    return sum((Decimal(line["net"]) for line in lines), Decimal(0))
