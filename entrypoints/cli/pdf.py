"""`licznik invoices pdf`: the PDFs of issued invoices, rendered once and given out ever after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Protocol

import typer

from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, print_json, progress, say, show_problems
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.rendering import render_invoices
from entrypoints.whole_files import write_whole
from invoices import queries
from invoices.files import render_missing, stored_pdf, without_pdf
from invoices.finding import find_invoice, load_invoices
from invoices.invoice import TAXED
from invoices.printing import printed_forms
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound

LANGUAGES = ("pl", "en")
TOGETHER = 2_000
"""So many invoices are held in memory at once."""


def pdf_command(
    number: Annotated[str | None, typer.Argument(help="Only this invoice.")] = None,
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="pl or en; without it the customer's own.")
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder for the files.")] = None,
    as_json: AsJson = False,
) -> None:
    """Render the PDFs of issued invoices that have none yet, and write them to a folder.

    What was rendered once is kept and never made again. Without --out nothing is written, except
    of a single invoice, whose file goes to the current folder.
    """
    if language not in (None, *LANGUAGES):
        message = f"{language} is not a language of documents: write pl or en"
        raise ProblemsFound([Problem("unknown_value", "--language", message)])
    with open_session() as session:
        ids = _wanted(session, number, period)
        rendered = render(session, ids, language)
        folder = to or (Path() if number else None)
        written = list(write_files(session, ids, language, folder)) if folder else []
    if as_json:
        files = [{"file": str(path), "sha256": sha256} for path, sha256 in written]
        print_json({"invoices": len(ids), "rendered": rendered, "files": files})
        return
    say(f"{len(ids)} invoices, {rendered} of them rendered now.")
    for path, _ in written:
        say(f"written: {path}")


def _wanted(session: Session, number: str | None, period: Period | None) -> list[str]:
    if number is not None:
        return [find_invoice(session.decisions, number).id]
    first = period.first_day if period else None
    rows = session.decisions.rows(queries.ISSUED, period=first, order=None, kinds=[*TAXED])
    return [row["id"] for row in rows]


class Bar(Protocol):
    """Tells how many are rendered."""

    def reach(self, done: int) -> None:
        """So many are."""


def render(session: Session, ids: list[str], language: str | None) -> int:
    """Renders the PDFs that are missing, with a progress bar; says how many those were."""
    with progress("rendering", len(ids)) as bar:
        return render_watched(session, ids, language, bar)


def render_watched(session: Session, ids: list[str], language: str | None, bar: Bar) -> int:
    """Renders the PDFs that are missing; says how many those were."""
    rendered = 0
    for start in range(0, len(ids), TOGETHER):
        missing = without_pdf(session.decisions, ids[start : start + TOGETHER], language)
        forms = printed_forms(session.decisions, missing, session.settings.ksef.codes)
        ready = [own for own in missing if own.id not in forms.waiting]
        for done in render_missing(
            session.decisions, ready, language, render_invoices, clock(), forms.ready
        ):
            bar.reach(start + done)
        rendered += len(ready)
        show_problems(forms.waiting.values())
    return rendered


def write_files(
    session: Session, ids: list[str], language: str | None, folder: Path
) -> Iterator[tuple[Path, str]]:
    """Writes kept PDFs to a folder; the path and SHA-256 of each."""
    folder.mkdir(parents=True, exist_ok=True)
    for invoice in load_invoices(session.decisions, ids):
        file = stored_pdf(session.decisions, invoice, language)
        if file is not None:
            yield write_whole(folder / file.name, file.content), file.sha256
