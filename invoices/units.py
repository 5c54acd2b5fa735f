"""The units of lines and ledgers, as a document abbreviates them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from invoices.language import Language

UNITS: Mapping[str, tuple[str, str]] = {
    "1Mbps": ("Mbit/s", "Mb/s"),
    "account": ("account|accounts", "konto|konta|kont|konta"),
    "byte": ("byte|bytes", "bajt|bajty|bajtów|bajta"),
    "call": ("call|calls", "wywołanie|wywołania|wywołań|wywołania"),
    "channel": ("channel|channels", "kanał|kanały|kanałów|kanału"),
    "character": ("character|characters", "znak|znaki|znaków|znaku"),
    "check": ("check|checks", "sprawdzenie|sprawdzenia|sprawdzeń|sprawdzenia"),
    "connected_resource": ("resource|resources", "zasób|zasoby|zasobów|zasobu"),
    "connection": ("connection|connections", "połączenie|połączenia|połączeń|połączenia"),
    "credit": ("credit|credits", "kredyt|kredyty|kredytów|kredytu"),
    "export": ("export|exports", "eksport|eksporty|eksportów|eksportu"),
    "function": ("function|functions", "funkcja|funkcje|funkcji|funkcji"),
    "hour": ("hour|hours", "godz."),
    "launch": ("launch|launches", "wywołanie|wywołania|wywołań|wywołania"),
    "licence": ("licence|licences", "licencja|licencje|licencji|licencji"),
    "message": ("message|messages", "szt."),
    "month": ("month|months", "mies."),
    "month_of_retention": ("month|months", "mies."),
    "number": ("number|numbers", "numer|numery|numerów|numeru"),
    "pack": ("pack|packs", "pakiet|pakiety|pakietów|pakietu"),
    "queue": ("queue|queues", "kolejka|kolejki|kolejek|kolejki"),
    "record": ("record|records", "rekord|rekordy|rekordów|rekordu"),
    "session": ("session|sessions", "sesja|sesje|sesji|sesji"),
    "survey": ("survey|surveys", "ankieta|ankiety|ankiet|ankiety"),
    "ticket": ("ticket|tickets", "zgłoszenie|zgłoszenia|zgłoszeń|zgłoszenia"),
    "user_licence": ("licence|licences", "licencja|licencje|licencji|licencji"),
}
"""English and Polish, by the unit's name in the catalog: its forms in the order of `PLURALS`, or
one that goes with every number."""

PLURALS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "pl": ("one", "few", "many", "other"),
}
"""The forms that a language has for numbers, as CLDR names them; Polish has one for fractions."""

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
    return _forms(unit, language)[0]


def counted(quantity: Decimal, unit: str, say: Language) -> str:
    """A quantity with its unit in the form that goes with the number: ``20 licencji``."""
    forms = _forms(unit, say.code)
    place = PLURALS[say.code].index(say.locale.plural_form(quantity.normalize()))
    return f"{say.quantity(quantity)}\xa0{forms[min(place, len(forms) - 1)]}"


def usage_counted(quantity: Decimal, unit: str, say: Language) -> str:
    """Used units with the unit in which they are shown: ``120 GB``, ``5 rekordów``."""
    if unit in SCALED:
        return f"{say.quantity(usage_in_unit(quantity, unit))}\xa0{SCALED[unit][0]}"
    return counted(quantity, unit, say)


def _forms(unit: str, language: str) -> list[str]:
    english, polish = UNITS.get(unit, (unit.replace("_", " "),) * 2)
    return (polish if language == "pl" else english).split("|")
