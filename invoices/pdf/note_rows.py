"""The rows of an accounting note: for each incident, what the penalty is reckoned from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from invoices.language import Language
from invoices.language import marked as _

Document = Mapping[str, Any]

PRIORITIES = {
    "critical": _("critical"),
    "high": _("high"),
    "medium": _("medium"),
    "low": _("low"),
}
SETTLED = {
    "paid": _("The amount is paid to the recipient by {due_on}."),
    "netted": _("The amount is set off against the next invoice of this order."),
}
"""How a note is settled, by what the seller has chosen."""


@dataclass(frozen=True, slots=True)
class NoteRow:
    """The penalty for an incident; times are those of Warsaw, day and clock."""

    number: int
    incident: str
    priority: str
    level: str
    times: tuple[tuple[str, str], ...]
    units: str
    rate: str
    amount: str


def note_rows(document: Document, say: Language) -> Iterator[NoteRow]:
    """A row for each line of a note."""
    for number, line in enumerate(document["lines"], 1):
        priority = PRIORITIES[line["priority"]]
        yield NoteRow(
            number=number,
            incident=line["item"],
            priority=say.text(priority),
            level=say.name(line["level"]),
            times=tuple(_time(line[name], say) for name in ("qualified", "due", "repaired")),
            units=_units(line, say),
            rate=rate(Fraction(line["share"]), say),
            amount=line["net"],
        )


def _time(text: str | None, say: Language) -> tuple[str, str]:
    """The day and the time of the clock; an incident that is not repaired yet has neither."""
    return say.short_instant(datetime.fromisoformat(text)) if text else (say.text("not yet"), "")


def _units(line: Document, say: Language) -> str:
    """Only full hours or days count (R108)."""
    count = int(line["quantity"])
    if line["unit"] == "day":
        return say.count("{n} full day", "{n} full days", count)
    return say.count("{n} full hour", "{n} full hours", count)


def rate(share: Fraction, say: Language) -> str:
    """A share of the fees, as the contract writes it: 1.5%, or 1/30 where no percent is exact."""
    percent = share * 100
    shown = Decimal(percent.numerator) / Decimal(percent.denominator)
    return f"{say.quantity(shown)}%" if Fraction(shown) == percent else str(share)


def settlement(document: Document, say: Language) -> str:
    """How the amount reaches the recipient; a draft has no day yet."""
    how, due_on = document.get("penalties", "paid"), document["due_on"]
    if due_on is None:
        return ""
    return say.text(SETTLED[how], due_on=say.day(date.fromisoformat(due_on)))
