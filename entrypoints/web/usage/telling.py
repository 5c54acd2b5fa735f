"""How the templates of usage tell what comes as text of a document."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.money import plain
from invoices.language import Language
from metering.calendar import Period


def tools(say: Language) -> Mapping[str, Any]:
    """Functions for templates, in a language."""
    return {
        "moment": lambda text: " ".join(say.short_instant(datetime.fromisoformat(text))),
        "month_of": lambda own: say.month(_period(own)),
        "within_of": within,
    }


def _period(own: str | date) -> Period:
    return Period.of(own) if isinstance(own, date) else Period.parse(own)


def within(row: Mapping[str, Any]) -> str:
    """How far allowance, limit and packs of a meter reach: what is covered and what is left."""
    covered = Decimal(row["included"]) + Decimal(row["from_packs"])
    return plain(covered + Decimal(row["remaining"] or 0))
