"""Tables of availability, incidents, penalties and credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from entrypoints.cli.output import table

Documents = Mapping[str, Sequence[Mapping[str, Any]]]

TABLES = {
    "availability": (
        *("order", "period", "level", "percent", "credit_percent"),
        *("total_seconds", "down_seconds", "excluded_seconds"),
    ),
    "incidents": (
        *("incident", "order", "priority", "cause"),
        *("reaction_due", "reaction_late", "repair_due", "repair_late"),
    ),
    "penalties": ("order", "period", "incident", "units", "amount"),
    "credits": ("order", "period", "state", "reason", "amount", "invoice_period"),
}
"""Each table with its columns."""
NUMBERS = ("percent", "seconds", "units", "amount")


def show_service_levels(documents: Documents) -> None:
    """Prints what the service levels come to, where anything happened."""
    if not any(documents[name] for name in ("incidents", "credits")):
        return
    for name, fields in TABLES.items():
        if documents[name]:
            rows = [[_cell(own[field]) for field in fields] for own in documents[name]]
            table(name.capitalize(), [_heading(field) for field in fields], rows)


def _heading(field: str) -> str:
    shown = field.replace("_", " ")
    return f">{shown}" if shown.rpartition(" ")[2] in NUMBERS else shown


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
