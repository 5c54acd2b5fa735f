"""`licznik invoices xml`: the structured forms of issued documents, as they were made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, print_json, say
from entrypoints.cli.session import Session, open_session
from entrypoints.whole_files import write_whole
from invoices import queries
from invoices.files import file_stem
from invoices.finding import find_invoice, load_invoices
from invoices.invoice import TAXED, Invoice
from invoices.structured import stored_xml
from metering.calendar import Period


def xml_command(
    number: Annotated[str | None, typer.Argument(help="Only this document.")] = None,
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    to: Annotated[Path, typer.Option("--out", help="Folder for the files.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Write the structured forms of issued invoices and corrections, byte for byte as kept."""
    with open_session() as session:
        to.mkdir(parents=True, exist_ok=True)
        written = [
            path for own in _wanted(session, number, period) for path in _write(session, own, to)
        ]
    if as_json:
        print_json({"files": [str(path) for path in written]})
        return
    for path in written:
        say(f"written: {path}")
    say(f"{len(written)} files.")


def _wanted(session: Session, number: str | None, period: Period | None) -> list[Invoice]:
    if number is not None:
        return [find_invoice(session.decisions, number)]
    first = period.first_day if period else None
    rows = session.decisions.rows(queries.ISSUED, period=first, order=None, kinds=[*TAXED])
    return list(load_invoices(session.decisions, (row["id"] for row in rows)))


def _write(session: Session, own: Invoice, folder: Path) -> list[Path]:
    """Writes a document's file; one of before there were structured forms has none."""
    content = stored_xml(session.decisions, own.id)
    if content is None or own.issued is None:
        return []
    return [write_whole(folder / f"{file_stem(own.issued.number)}.xml", content)]
