"""`licznik invoices corrections`: the drafts of corrections that are due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, print_json, say, show_problems, table
from entrypoints.cli.session import open_session
from invoices.corrections.causes import credits_due
from invoices.corrections.document import correction_document
from invoices.corrections.drafting import corrections
from invoices.restating import SUMS
from metering.calendar import Period


def corrections_command(
    order: Annotated[str | None, typer.Option(help="Only this order.")] = None,
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how issued invoices must be corrected: usage came late, or was amended.

    Orders whose policy is late_usage: correction, and credits of orders that have ended; all others
    are adjusted by later invoices.
    """
    with open_session() as session:
        if order is not None:
            session.decisions.order(order)  # a misspelt one is a problem, not an empty list
        asked = (session.decisions, session.usage, session.catalog, order, period)
        found = [*corrections(*asked), *credits_due(*asked)]
    documents = [correction_document(one) for one in found]
    if as_json:
        print_json({"corrections": documents})
        return
    for one, document in zip(found, documents, strict=True):
        _show(document)
        show_problems(one.problems)
    say(f"{len(documents)} invoices must be corrected.")


COLUMNS = ("line", "item", ">before", ">after", ">difference")


def _show(document: Mapping[str, Any]) -> None:
    title = f"{document['number']} · order {document['order']} · {document['period']}"
    parts = ("before", "after", "difference")
    rows: list[tuple[Any, ...]] = [
        (line["kind"], line["item"], *(_amount(line, line[part]) for part in parts))
        for line in document["lines"]
    ]
    rows += [(name, "", *(document[part][name] for part in parts)) for name in SUMS]
    table(title, COLUMNS, rows)
    if document["amendments"]:
        say(f"Amendments: {', '.join(document['amendments'])}.")


def _amount(line: Mapping[str, Any], part: Mapping[str, str]) -> str:
    return f"{part['quantity']} × {line['unit_price']} = {part['net']}"
