"""`licznik notes`: accounting notes for contractual penalties, outside VAT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.pdf import LANGUAGES, render, write_files
from entrypoints.cli.periods import check_closed
from entrypoints.cli.session import Session, caller, clock, open_session
from entrypoints.cli.showing_notes import show_note
from invoices import queries
from invoices.deductions import NETTED, deducted, noted
from invoices.finding import find_invoice
from invoices.invoice import NOTE, Invoice
from invoices.notes import NoteOutcome, NoteRun
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="Accounting notes for contractual penalties.", no_args_is_help=True)

InPeriod = Annotated[Period, typer.Option(parser=Month, metavar="YYYY-MM", help="The period.")]
OfPeriod = Annotated[
    Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
]


@app.command("run")
def run(
    period: InPeriod,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show drafts, keep nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Issue a note for every order with penalties in a period. Running it twice adds nothing."""
    now = clock()
    if not dry_run:
        check_closed(period, now)
    with open_session() as session:
        noting = NoteRun(session.decisions, session.catalog, period, now, caller())
        outcome = noting.preview() if dry_run else noting.issue()
    _report(period, outcome, dry_run=dry_run, as_json=as_json)


def _report(period: Period, outcome: NoteOutcome, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "period": str(period),
                "issued": len(outcome.issued),
                "numbers": outcome.issued,
                "already_issued": outcome.already_issued,
                "drafts": outcome.documents,
                "not_invoiced": outcome.not_invoiced,
                "changed": outcome.changed,
            }
        )
        return
    for document in outcome.documents:
        show_note(document)
    made = f"{len(outcome.documents)} drafts" if dry_run else f"{len(outcome.issued)} notes issued"
    say(f"{period}: {made}, {outcome.already_issued} there already.")
    for order in outcome.not_invoiced:
        say(
            f"Order {order} has penalties and no invoice for {period}, whose fees they are a share "
            f"of: run `licznik invoices run --period {period}`, then this again."
        )
    for order in outcome.changed:
        say(
            f"The note of order {order} for {period} says something else than its incidents say "
            f"now, and a note is never issued again: compare `licznik notes list --order {order}` "
            f"with `licznik sla {order} --period {period}`, and settle the difference with the "
            "customer."
        )


@app.command("list")
def list_command(
    period: OfPeriod = None,
    order: Annotated[str | None, typer.Option(help="Only this order.")] = None,
    as_json: AsJson = False,
) -> None:
    """List notes, and how much of each was set off against invoices."""
    first = period.first_day if period else None
    with open_session() as session:
        if order is not None:
            session.decisions.order(order)  # a misspelt one is a problem, not an empty list
        rows = session.decisions.rows(queries.LIST, period=first, order=order, kinds=[NOTE])
        found = list(listed(session, rows))
    if as_json:
        print_json({"notes": found})
        return
    columns = [f">{name}" if name in AMOUNTS else name for name in LISTED]
    table("Notes", columns, ([own[name] for name in LISTED] for own in found))


AMOUNTS = ("amount", "deducted")
LISTED = ("number", "order", "account", "period", "issued_on", *AMOUNTS, "currency", "penalties")


def listed(session: Session, rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Notes as they are listed, with how much of each was deducted."""
    documents = noted(session.decisions, sorted({row["order_id"] for row in rows}))
    notes = {own.id: own.document for found in documents.values() for own in found}
    for row in rows:
        given = deducted(documents[row["order_id"]]).get(row["number"], Decimal(0))
        yield {
            "number": row["number"],
            "order": row["order_id"],
            "account": row["account_id"],
            "period": str(Period.of(row["period"])),
            "issued_on": str(row["issued_on"]),
            "currency": row["currency"],
            "amount": f"{row['gross']:.2f}",
            "deducted": f"{given:.2f}",
            "penalties": notes[row["id"]].get("penalties", "paid"),
        }


@app.command("show")
def show(
    number: Annotated[str, typer.Argument(help="The note's number.")], as_json: AsJson = False
) -> None:
    """Show a note: its incidents, what the penalties are reckoned from, and their sum."""
    with open_session() as session:
        document = _find(session, number).document
    if as_json:
        print_json(document)
        return
    show_note(document)
    say(HOW[document.get("penalties") == NETTED])


HOW = {
    True: "It is set off against the next invoice of its order.",
    False: "It is paid out; no invoice deducts it.",
}


def _find(session: Session, number: str) -> Invoice:
    found = find_invoice(session.decisions, number)
    if found.kind != NOTE:
        message = f"{number} is no note: `licznik invoices show {number}` shows it"
        raise ProblemsFound([Problem("not_a_note", "number", message)])
    return found


@app.command("pdf")
def pdf(
    number: Annotated[str | None, typer.Argument(help="Only this note.")] = None,
    period: OfPeriod = None,
    language: Annotated[
        str | None, typer.Option(help="pl or en; without it the customer's own.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for the files.")] = None,
    as_json: AsJson = False,
) -> None:
    """Render the PDFs of notes that have none yet, and write them to a folder.

    Without --out nothing is written, except of a single note, whose file goes to the current
    folder.
    """
    if language not in (None, *LANGUAGES):
        message = f"{language} is not a language of documents: write pl or en"
        raise ProblemsFound([Problem("unknown_value", "--language", message)])
    with open_session() as session:
        ids = _wanted(session, number, period)
        rendered, folder = (
            render(session, ids, language),
            to or (Path() if number else None),
        )
        written = list(write_files(session, ids, language, folder)) if folder else []
    if as_json:
        files = [{"file": str(path), "sha256": sha256} for path, sha256 in written]
        print_json({"notes": len(ids), "rendered": rendered, "files": files})
        return
    say(f"{len(ids)} notes: {rendered} rendered, {len(ids) - rendered} kept already.")
    for path, _ in written:
        say(f"written: {path}")


def _wanted(session: Session, number: str | None, period: Period | None) -> list[str]:
    if number is not None:
        return [_find(session, number).id]
    first = period.first_day if period else None
    rows = session.decisions.rows(queries.ISSUED, period=first, order=None, kinds=[NOTE])
    return [row["id"] for row in rows]
