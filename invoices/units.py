"""The units of lines and ledgers, as a document abbreviates them."""

from __future__ import annotations

from decimal import Decimal

UNITS = {
    "1Mbps": ("Mbit/s", "Mb/s"),
    "account": ("account", "konto"),
    "byte": ("byte", "bajt"),
    "call": ("call", "wywołanie"),
    "channel": ("channel", "kanał"),
    "character": ("character", "znak"),
    "check": ("check", "sprawdzenie"),
    "connected_resource": ("resource", "zasób"),
    "connection": ("connection", "połączenie"),
    "credit": ("credit", "kredyt"),
    "export": ("export", "eksport"),
    "function": ("function", "funkcja"),
    "hour": ("hour", "godz."),
    "launch": ("launch", "wywołanie"),
    "licence": ("licence", "licencja"),
    "message": ("message", "szt."),
    "month": ("month", "mies."),
    "month_of_retention": ("month", "mies."),
    "number": ("number", "numer"),
    "pack": ("pack", "pakiet"),
    "queue": ("queue", "kolejka"),
    "record": ("record", "rekord"),
    "session": ("session", "sesja"),
    "survey": ("survey", "ankieta"),
    "ticket": ("ticket", "zgłoszenie"),
    "user_licence": ("licence", "licencja"),
}
"""English and Polish, by the unit's name in the catalog."""


SCALED = {"byte": ("GB", 9)}
"""Units whose usage is shown in a larger one: its name, and how many digits larger it is (R44)."""


def usage_unit(unit: str, language: str) -> str:
    """The unit in which usage is shown."""
    return SCALED[unit][0] if unit in SCALED else unit_name(unit, language)


def usage_in_unit(quantity: Decimal, unit: str) -> Decimal:
    """Used units in the unit in which they are shown; exact."""
    return quantity.scaleb(-SCALED[unit][1]) if unit in SCALED else quantity


def unit_name(unit: str, language: str) -> str:
    """A unit's name; one that an edition of its own defines is shown as it is written there."""
    english, polish = UNITS.get(unit, (unit.replace("_", " "),) * 2)
    return polish if language == "pl" else english
