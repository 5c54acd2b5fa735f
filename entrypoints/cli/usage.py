"""`licznik usage`: bringing usage in, and amending it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer

from billing.orders.commands import RouteBook
from entrypoints.cli.amendments import amendments_command, replace_command, void_command
from entrypoints.cli.consume import consume_command
from entrypoints.cli.output import AsJson, print_json, progress, say, table
from entrypoints.cli.session import clock, open_session
from entrypoints.usage_files import read_chunks
from entrypoints.usage_import import ImportOutcome, import_file
from metering.intake import Intake

app = typer.Typer(help="Usage.", no_args_is_help=True)
app.command("consume")(consume_command)
app.command("void")(void_command)
app.command("replace")(replace_command)
app.command("amendments")(amendments_command)

NICE = 10
"""The priority of an import, below that of everything that does not say."""


@app.callback()
def _group() -> None:
    """Usage."""


@app.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(help="Events as .ndjson, .csv or .parquet.")],
    as_json: AsJson = False,
) -> None:
    """Record the events of a file. The same file twice changes nothing.

    Bad lines are listed in FILE.rejected.ndjson, with their numbers and what is wrong with them.
    """
    _, total = read_chunks(file)
    started = time.monotonic()
    with open_session() as session, progress("importing", total) as bar:
        intake = Intake(session.usage, session.catalog.meters)
        routes = RouteBook(session.decisions, session.catalog)
        with _giving_way():
            outcome = import_file(file, intake, routes.find, clock, bar.reach)
    if as_json:
        print_json(outcome.as_json())
    else:
        _summary(file, outcome, time.monotonic() - started)
    if outcome.rejected:
        raise typer.Exit(2)


@contextmanager
def _giving_way() -> Iterator[None]:
    """Lets those go first who wait for an answer: an import can wait, and would take all cores."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    os.setpriority(os.PRIO_PROCESS, 0, max(before, NICE))
    try:
        yield
    finally:
        with suppress(PermissionError):  # only root may take it back, and the command ends here
            os.setpriority(os.PRIO_PROCESS, 0, before)


def _summary(file: Path, outcome: ImportOutcome, seconds: float) -> None:
    lines = outcome.accepted + outcome.duplicates + outcome.rejected
    rows = [
        ("accepted", f"{outcome.accepted:,}"),
        ("duplicates", f"{outcome.duplicates:,}"),
        ("rejected", f"{outcome.rejected:,}"),
        *((f"  {code}", f"{count:,}") for code, count in outcome.codes.most_common()),
    ]
    table(f"{file.name}: {lines:,} events in {seconds:.1f} s", ("result", ">events"), rows)
    if outcome.rejected_file is not None:
        say(f"The rejected lines are in {outcome.rejected_file}.")
