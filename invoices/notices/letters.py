"""The letter that tells a person of a mark, in Polish or in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Name
from invoices.language import language
from invoices.mailing.letters import Letter, one_line
from invoices.mailing.wording import Wording
from invoices.units import usage_counted
from metering.calendar import Period

WORDINGS: Mapping[str, Wording] = {
    "pl": Wording(
        "{order}: {meter}, osiągnięto {mark}% ({period})",
        """Dzień dobry,

zamówienie {order} osiągnęło próg {mark}%: {meter}, {period}.

Zużyto: {used}
Z: {within}
Czyli: {fill}%

{beyond}

Próg i odbiorców powiadomień można zmienić w panelu klienta:
{link}

Ta wiadomość została wysłana automatycznie.

{seller}
""",
    ),
    "en": Wording(
        "{order}: {meter}, {mark}% reached ({period})",
        """Dear Sir or Madam,

order {order} has reached the mark of {mark}%: {meter}, {period}.

Used: {used}
Of: {within}
That is: {fill}%

{beyond}

Marks and who is told of them can be changed in the customer panel:
{link}

This message was sent automatically.

{seller}
""",
    ),
}

BEYOND: Mapping[tuple[str, str], str] = {
    ("pl", "allowance"): "Zużycie ponad tę pulę jest naliczane po cenach z zamówienia.",
    ("pl", "limit"): "Ponad ten limit nie można zużyć więcej.",
    ("pl", "cap"): "To górny limit przekroczenia: ponad niego nie można zużyć więcej.",
    ("pl", "user"): "To pula użytkownika, który zużył najwięcej; ponad nią zużycie jest naliczane.",
    ("en", "allowance"): "What is used beyond this allowance is charged at the order's prices.",
    ("en", "limit"): "Nothing can be used beyond this limit.",
    ("en", "cap"): "This is the cap of overage: nothing can be used beyond it.",
    ("en", "user"): "This is the allowance of the user who used the most; use beyond is charged.",
}
"""What happens beyond the bound, by what the mark is a part of (`billing.marks.Measure`)."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a letter names beside the notice: the meter, who writes, and where marks are set."""

    meter: Name
    seller: str
    link: str


def mark_letter(data: Mapping[str, Any], setting: Setting, code: str) -> Letter:
    """The letter about a mark; ``data`` is that of the notice (`MarkReachedData`)."""
    say, wording = language(code), WORDINGS[code]
    name = {"pl": setting.meter.pl, "en": setting.meter.en}

    def units(text: str) -> str:
        return usage_counted(Decimal(text), data["unit"], say)

    words = {
        "order": one_line(data["order"]),
        "meter": one_line(say.name(name)),
        "mark": str(data["mark"]),
        "period": say.month(Period.parse(data["period"])),
        "used": units(data["used"]),
        "within": units(data["within"]),
        "fill": say.quantity(Decimal(data["fill"])),
        "beyond": BEYOND[code, data["measure"]],
        "seller": one_line(setting.seller),
        "link": setting.link,
    }
    return Letter(wording.subject.format(**words), wording.text.format(**words))
