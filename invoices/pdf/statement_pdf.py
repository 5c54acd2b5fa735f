"""The PDF of a usage statement: what is put into its template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from invoices.language import language
from invoices.pdf.charts import daily_chart
from invoices.pdf.rendering import render
from metering.calendar import Period

NEARLY_FULL, FULL = Decimal(80), Decimal(100)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose statement it is: the customer and seller, the service's name, and the day it is of."""

    customer: str
    seller: str
    service: Mapping[str, str]
    language: str
    day: date


@dataclass(frozen=True, slots=True)
class Gauge:
    """How full an allowance or limit is: the width of its bar in percent, and how it looks."""

    width: Decimal
    look: str


def statement_pdf(
    document: Mapping[str, Any],
    subject: Subject,
    entries: Sequence[Mapping[str, Any]],
    entries_in_all: int,
) -> bytes:
    """The PDF of a statement's document (`invoices.statements.rows`) with its first entries."""
    say = language(subject.language)
    used = [own for own in document["meters"] if own["used"] != "0"]
    return render(
        "statement",
        subject.language,
        statement=document,
        subject=subject,
        month=say.month(Period.parse(document["period"])),
        gauges={own["meter"]: gauge(own) for own in document["meters"]},
        charts=[(own, daily_chart(own["days"], own["kind"], subject.language)) for own in used],
        meters={own["meter"]: own for own in document["meters"]},
        entries=entries,
        entries_in_all=entries_in_all,
    )


def gauge(meter: Mapping[str, Any]) -> Gauge | None:
    """The bar of a meter; None where nothing bounds its usage.

    A single user may be beyond a share while all of them together are not: that counts as over.
    """
    if meter["fill"] is None:
        return None
    share = Decimal(meter["fill"])
    is_over = share > FULL or meter["overage"] != "0" or meter["refused"] != "0"
    look = "over" if is_over else "near" if share >= NEARLY_FULL else "well"
    return Gauge(min(share, FULL), look)
