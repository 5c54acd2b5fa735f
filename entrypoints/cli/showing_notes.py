"""Accounting notes as tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrypoints.cli.output import table

COLUMNS = (
    "incident",
    "priority",
    "level",
    "qualified",
    "repair due",
    "repaired",
    ">units",
    "of",
    ">rate",
    ">amount",
)


def show_note(document: Mapping[str, Any]) -> None:
    """Prints a note: its incidents, the fees they are a share of, the cap, and the sum."""
    name = document.get("number") or "Draft"
    title = f"{name} · order {document['order']} · {document['period']} · {document['edition']}"
    rows = [_line(line) for line in document["lines"]]
    for label in ("base", "cap", "gross"):
        shown = SUMS[label], f"{document[label]} {document['currency']}"
        rows.append((*[""] * (len(COLUMNS) - 2), *shown))
    table(title, COLUMNS, rows)


SUMS = {"base": "monthly fees", "cap": "cap", "gross": "together"}


def _line(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return (
        line["item"],
        line["priority"],
        line["level"]["en"],
        *(_time(line[name]) for name in ("qualified", "due", "repaired")),
        line["quantity"],
        f"full {line['unit']}s",
        line["share"],
        line["net"],
    )


def _time(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else "not yet"
