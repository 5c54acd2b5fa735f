"""`licznik close`: the end of a month, from usage to accepted and delivered invoices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.alone import alone
from entrypoints.cli.arguments import Month
from entrypoints.cli.closing import Closing
from entrypoints.cli.output import AsJson, out, print_json, say, table
from entrypoints.cli.session import clock, open_session
from entrypoints.month_end import lock_of
from invoices.closing.report import LEVELS, MonthReport, rows_of
from invoices.closing.steps import STOPPED, Step
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound

SHOWN = ("name", "kind", "currency", ">documents", ">net", ">vat", ">gross", ">net_before")


def close_command(
    period: Annotated[Period, typer.Option(parser=Month, metavar="YYYY-MM", help="The month.")],
    to: Annotated[Path, typer.Option("--out", help="Folder for the report.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Close a month: check usage, issue invoices and notes, send them, and report.

    Each step is done once, however often the command runs: one that was stopped, or killed, goes
    on where it was. What a person has to decide is listed, and waits for nobody.
    """
    steps: list[Step] = []
    with open_session() as session, alone(session.engine, lock_of(period)) as mine:
        if not mine:
            message = f"somebody else closes {period} at this moment: look at it in a while"
            raise ProblemsFound([Problem("already_running", "period", message)])
        closing = Closing(session, period, clock(), to)
        for step in closing.steps():
            steps.append(step)
            say_step(step)
    if as_json:
        files = [str(path) for path in closing.files]
        rows = list(rows_of(closing.report))
        shown = [step.as_json() for step in steps]
        print_json({"period": str(period), "steps": shown, "report": rows, "files": files})
    else:
        show_report(closing.report)
    if any(step.state == STOPPED for step in steps):
        raise typer.Exit(2)


def say_step(step: Step) -> None:
    """Says how a step ended."""
    say(f"{step.name}: {step.state}. {step.said}.")
    for detail in step.details:
        say(f"  {detail}")


def show_report(report: MonthReport) -> None:
    """The totals of sellers and kinds of charges; customers stand in the files."""
    rows = list(rows_of(report))
    for level in LEVELS[:2]:
        own = [row for row in rows if row["level"] == level]
        cells = [[row[name.lstrip(">")] for name in (*SHOWN, "difference")] for row in own]
        if cells:
            names = [name.replace("_", " ") for name in (*SHOWN, ">difference")]
            table(f"{report.period} by {level}", names, cells)
    if not rows:
        out.print("Nothing was issued.")
