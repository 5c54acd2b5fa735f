"""`licznik statement`: what an order used in a period, of how much, and at what cost so far."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import polars as pl
import typer

from billing.settling import settle
from entrypoints.cli.invoices import InPeriod
from entrypoints.cli.output import AsJson, progress, say
from entrypoints.cli.session import clock, open_session
from entrypoints.cli.statement_table import show_entries, show_statement
from entrypoints.whole_files import whole_file
from invoices.statements.as_csv import csv_entries, csv_summary
from invoices.statements.as_json import json_parts
from invoices.statements.as_pdf import write_pdf
from invoices.statements.as_xlsx import write_xlsx
from invoices.statements.report import Report, read_report
from metering.problems import Problem, ProblemsFound


class Format(StrEnum):
    """How a statement is given."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    PDF = "pdf"


Frames = Iterator[pl.DataFrame]
Writer = Callable[[Report, Frames, BinaryIO], None]


def _text(parts: Iterable[str], file: BinaryIO) -> None:
    file.writelines(part.encode() for part in parts)


WRITERS: Mapping[Format, Writer] = {
    Format.JSON: lambda report, frames, file: _text(json_parts(report, frames), file),
    Format.CSV: lambda _, frames, file: _text(csv_entries(frames), file),
    Format.XLSX: write_xlsx,
    Format.PDF: write_pdf,
}
"""One function for each format of a file; a new format is a new row."""


def statement_command(
    order: Annotated[str, typer.Argument(help="The order.")],
    period: InPeriod,
    form: Annotated[Format, typer.Option("--format", help="The format.")] = Format.TABLE,
    to: Annotated[Path | None, typer.Option("--out", help="The file to write.")] = None,
    summary: Annotated[bool, typer.Option("--summary", help="As CSV: meters, no entries.")] = False,
    entries: Annotated[
        bool, typer.Option("--entries", help="Also show the first entries.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what an order used in a period, of how much, and what it costs so far."""
    _check(form, to, summary=summary, entries=entries, as_json=as_json)
    form = Format.JSON if as_json else form
    with open_session() as session:
        settle(session.usage, session.catalog, clock(), order)
        report = read_report(
            session.decisions, session.usage, session.catalog, order, period, clock()
        )
        if form is Format.TABLE:
            show_statement(report)
            if entries:
                show_entries(report)
        else:
            export(report, form, to, summary=summary)
    _say_what_is_missing(report)


def _check(form: Format, to: Path | None, *, summary: bool, entries: bool, as_json: bool) -> None:
    """Raises ProblemsFound where the options do not go together."""
    wrong = [
        (
            as_json and form not in (Format.TABLE, Format.JSON),
            "--json",
            f"leave out --format {form}",
        ),
        (
            form in (Format.XLSX, Format.PDF) and to is None,
            "--out",
            f"{form} needs a file: add --out FILE.{form}",
        ),
        (
            form is Format.TABLE and not as_json and to is not None,
            "--out",
            "a table is for the screen: add --format csv, json, xlsx or pdf",
        ),
        (summary and form is not Format.CSV, "--summary", "it goes with --format csv alone"),
        (
            entries and (as_json or form is not Format.TABLE),
            "--entries",
            "it goes with the table alone: every file has the entries",
        ),
    ]
    problems = [Problem("wrong_option", option, text) for is_so, option, text in wrong if is_so]
    if problems:
        raise ProblemsFound(problems)


def export(report: Report, form: Format, to: Path | None, *, summary: bool = False) -> None:
    """Writes a statement to a file, or to standard output, with a progress bar."""
    with progress("entries", report.items.entries) as bar:
        frames = _counted(report.items.frames(), bar.reach)
        if to is None:
            _write(report, form, frames, _standard_output(), summary=summary)
        else:
            with whole_file(to) as file:
                _write(report, form, frames, file, summary=summary)


def _write(report: Report, form: Format, frames: Frames, file: BinaryIO, *, summary: bool) -> None:
    if summary:
        _text(csv_summary(report), file)
    else:
        WRITERS[form](report, frames, file)


def _counted(frames: Frames, reach: Callable[[int], None]) -> Frames:
    done = 0
    for frame in frames:
        yield frame
        done += frame.height
        reach(done)


def _standard_output() -> BinaryIO:
    """Standard output as bytes, so that a file made from it is the same on every machine."""
    sys.stdout.flush()
    return sys.stdout.buffer


def _say_what_is_missing(report: Report) -> None:
    if report.items.too_old:
        say(f"Days whose entries are left away, being older than 365 days: {report.items.too_old}.")
