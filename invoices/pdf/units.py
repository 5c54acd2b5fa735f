"""The units of lines and ledgers, as a document abbreviates them."""

from __future__ import annotations

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


def unit_name(unit: str, language: str) -> str:
    """A unit's name; one that an edition of its own defines is shown as it is written there."""
    english, polish = UNITS.get(unit, (unit.replace("_", " "),) * 2)
    return polish if language == "pl" else english
