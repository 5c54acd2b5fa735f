"""Tables of availability, incidents, penalties and credits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from billing.sla.documents import (
    availability_document,
    credit_documents,
    incident_document,
    penalty_documents,
)
from billing.sla.figures import Figures
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
TO_THE_MINUTE = len("2025-11-10T09:00")
NUMBERS = ("percent", "seconds", "units", "amount")


def show_service_levels(documents: Documents) -> None:
    """Prints what the service levels come to, where anything happened."""
    if any(documents[name] for name in ("incidents", "credits")):
        show_tables(documents)


def show_tables(documents: Documents) -> None:
    """Prints every kind of document that there is something of."""
    for name, fields in TABLES.items():
        if documents.get(name):
            rows = [[_cell(field, own[field]) for field in fields] for own in documents[name]]
            table(name.capitalize(), [_heading(field) for field in fields], rows)


def figure_documents(own: Figures) -> dict[str, list[dict[str, Any]]]:
    """What an order's record comes to in a period, in the form of the contract."""
    settled = own.settled
    return {
        "availability": [availability_document(one) for one in own.measured],
        "incidents": [incident_document(one) for one in own.incidents],
        "penalties": list(penalty_documents(settled)) if settled else [],
        "credits": list(credit_documents(settled)) if settled else [],
    }


def _heading(field: str) -> str:
    shown = field.replace("_", " ")
    return f">{shown}" if shown.rpartition(" ")[2] in NUMBERS else shown


def _cell(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = "" if value is None else str(value)
    return shown[:TO_THE_MINUTE].replace("T", " ") if field.endswith("_due") else shown
