"""What a statement calls its sheets, columns and kinds, by their keys."""

from __future__ import annotations

from invoices.language import language
from invoices.language import marked as _

WORDS = {
    "summary": _("Summary"),
    "days": _("Days"),
    "entries": _("Entries"),
    "day": _("Day"),
    "by_day": _("Usage by day"),
    "meter": _("Meter"),
    "name": _("Name"),
    "unit": _("Unit"),
    "kind": _("Kind"),
    "limit_kind": _("Limit kind"),
    "used": _("Used"),
    "included": _("Included"),
    "from_packs": _("From packs"),
    "overage": _("Overage"),
    "refused": _("Refused"),
    "allowance": _("Allowance"),
    "granted": _("In packs"),
    "cap": _("Cap"),
    "limit": _("Hard limit"),
    "remaining": _("Remaining"),
    "fill": _("Full %"),
    "unit_price": _("Net price"),
    "cost": _("Net cost"),
    "repeats": _("Repeats"),
    "time": _("Time"),
    "quantity": _("Quantity"),
    "user": _("User"),
    "from": _("From"),
    "to": _("To"),
    "operator": _("Operator"),
    "direction": _("Direction"),
    "category": _("Category"),
    "duration_seconds": _("Duration (s)"),
    "status": _("Status"),
    "source": _("Source"),
    "id": _("Id"),
    "recorded": _("Recorded"),
    "late": _("After the invoice"),
    "amendment": _("Amendment"),
    "attributes": _("Other attributes"),
    "hard": _("hard"),
    "soft": _("soft"),
    "capped": _("capped"),
    "free": _("free"),
    "flow": _("flow"),
    "stock": _("stock"),
    "yes": _("yes"),
}
"""In English; `invoices.language` knows the Polish. An entry's cost is a number its sender gave."""


def word(key: str, code: str) -> str:
    """A word in a language, ``pl`` or ``en``."""
    return language(code).text(WORDS[key])
