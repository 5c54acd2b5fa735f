"""The words of a statement, in Polish and in English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "summary": ("Podsumowanie", "Summary"),
    "days": ("Dni", "Days"),
    "entries": ("Pozycje", "Entries"),
    "day": ("Dzień", "Day"),
    "by_day": ("Zużycie dzienne", "Usage by day"),
    "meter": ("Licznik", "Meter"),
    "name": ("Nazwa", "Name"),
    "unit": ("Jednostka", "Unit"),
    "kind": ("Rodzaj", "Kind"),
    "limit_kind": ("Limit", "Limit kind"),
    "used": ("Zużyto", "Used"),
    "included": ("W pakiecie", "Included"),
    "from_packs": ("Z paczek", "From packs"),
    "overage": ("Ponad limit", "Overage"),
    "refused": ("Odrzucono", "Refused"),
    "allowance": ("Limit pakietu", "Allowance"),
    "granted": ("W paczkach", "In packs"),
    "cap": ("Najwyżej ponad limit", "Cap"),
    "limit": ("Twardy limit", "Hard limit"),
    "remaining": ("Pozostało", "Remaining"),
    "fill": ("Wykorzystanie %", "Full %"),
    "unit_price": ("Cena netto", "Net price"),
    "cost": ("Koszt netto", "Net cost"),
    "repeats": ("Powtórzenia", "Repeats"),
    "time": ("Czas", "Time"),
    "quantity": ("Ilość", "Quantity"),
    "user": ("Użytkownik", "User"),
    "from": ("Z numeru", "From"),
    "to": ("Na numer", "To"),
    "operator": ("Operator", "Operator"),
    "direction": ("Kierunek", "Direction"),
    "category": ("Kategoria", "Category"),
    "duration_seconds": ("Czas trwania (s)", "Duration (s)"),
    "status": ("Status", "Status"),
    "source": ("Źródło", "Source"),
    "id": ("Identyfikator", "Id"),
    "recorded": ("Zapisano", "Recorded"),
    "late": ("Po fakturze", "After the invoice"),
    "attributes": ("Inne atrybuty", "Other attributes"),
    "hard": ("twardy", "hard"),
    "soft": ("płatny ponad limit", "soft"),
    "capped": ("płatny do pułapu", "capped"),
    "free": ("bezpłatny", "free"),
    "flow": ("suma", "flow"),
    "stock": ("stan", "stock"),
    "yes": ("tak", "yes"),
}
"""Polish first. An entry's cost is a number its sender gave; the column is named as a meter's."""


def word(key: str, language: str) -> str:
    """A word in a language, ``pl`` or ``en``."""
    polish, english = WORDS[key]
    return polish if language == "pl" else english
