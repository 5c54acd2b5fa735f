"""Issued documents in lists: filtered, page by page, with what they come to together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from invoices.showing import queries
from metering.calendar import Period

STANDINGS: Mapping[str, tuple[str, ...]] = {
    "unpaid": ("open", "part_paid", "overdue"),
    "overdue": ("overdue",),
    "paid": ("paid",),
}
"""What a list can be limited to, and the payment statuses that each means.

Corrections and accounting notes have no payment status: they stand in none of these lists.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which documents are listed; None leaves a thing open. ``standing`` is one of STANDINGS."""

    account: str | None = None
    order: str | None = None
    period: Period | None = None
    standing: str | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What listed documents come to in a currency.

    ``net``, ``vat`` and ``gross`` are those of invoices and corrections; ``open`` is still to be
    paid, ``overdue`` the part of it whose due day is over.
    """

    currency: str
    documents: int
    net: Decimal
    vat: Decimal
    gross: Decimal
    open: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list, the newest documents first; ``sums`` are those of the whole list."""

    rows: Sequence[Mapping[str, Any]]
    sums: tuple[Sums, ...]
    page: int
    pages: int


def list_documents(
    decisions: Decisions, wanted: Wanted, today: date, page: int, at_once: int
) -> Listed:
    """A page of issued documents; a page beyond the last one is empty."""
    asked = _asked(wanted, today)
    sums = tuple(Sums(**row) for row in decisions.rows(queries.SUMS, **asked))
    found = sum(own.documents for own in sums)
    pages = max(1, -(-found // at_once))
    places = {"limit": at_once, "offset": (page - 1) * at_once}
    rows = decisions.rows(queries.DOCUMENTS, **asked, **places) if page <= pages else []
    return Listed(rows, sums, page, pages)


def _asked(wanted: Wanted, today: date) -> dict[str, Any]:
    standings = STANDINGS[wanted.standing] if wanted.standing else None
    return {
        "account": wanted.account,
        "order": wanted.order,
        "period": wanted.period.first_day if wanted.period else None,
        "standings": list(standings) if standings else None,
        "today": today,
    }
