"""`licznik invoices deliver` and `deliveries`: issued invoices go out, and the log of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, print_json, table
from entrypoints.cli.pdf import render
from entrypoints.cli.sending import (
    Again,
    Arrived,
    DryRun,
    Task,
    finish,
    office_of,
    transmitting,
)
from entrypoints.cli.session import open_session
from entrypoints.folders import Folder
from entrypoints.settings import Settings, read_settings
from invoices import queries
from invoices.delivering import Post, Selection, waiting
from invoices.finding import find_invoice
from invoices.mailing.carriers import ByMail, Carrier, IntoFolder
from metering.calendar import WARSAW, Period
from metering.problems import Problem, ProblemsFound


def deliver_command(
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    order: Annotated[str | None, typer.Option(help="Only this order.")] = None,
    number: Annotated[str | None, typer.Option(help="Only this invoice.")] = None,
    again: Again = None,
    arrived: Arrived = None,
    to_folder: Annotated[
        Path | None, typer.Option(help="Put the documents into this folder; send no e-mail.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Deliver issued invoices that were not delivered yet, each once.

    One whose sending broke off is uncertain: find out, then say --arrived or --again.
    """
    task = Task.asked(again, arrived, dry_run, period=period, order=order, number=number)
    settings, named = read_settings(), number if task.number is None else task.number
    with (
        open_session(settings) as session,
        office_of(session) as office,
        _carrier(settings, to_folder, needed=task.sends) as carrier,
    ):
        if order is not None:
            session.decisions.order(order)  # a misspelt one is a problem, not an empty list
        invoice = None if named is None else find_invoice(session.decisions, named).id
        cases = waiting(session.decisions, carrier.purpose, Selection(period, order, invoice))
        if task.number is not None and not cases:
            message = f"invoice {task.number} was delivered: there is nothing to decide"
            raise ProblemsFound([Problem("already_delivered", "number", message)])
        if task.sends:
            # What is missing is rendered on all cores, before the first message goes out.
            render(session, [case.invoice for case in cases], None)
        dispatches = task.work(office, [Post(case, carrier) for case in cases])
    finish("Delivery", dispatches, as_json=as_json, dry_run=dry_run)


@contextmanager
def _carrier(settings: Settings, folder: Path | None, *, needed: bool) -> Iterator[Carrier]:
    if folder is not None:
        own = Folder.open(folder)
        yield IntoFolder(str(own.path), own.write)
        return
    with transmitting(settings, needed=needed) as transmit:
        yield ByMail(transmit, settings.mail.sender)


COLUMNS = ("number", "purpose", "status", ">attempts", "recipients", "when", "error")


def deliveries_command(as_json: AsJson = False) -> None:
    """List every message about an invoice: what it was for, where it went, what became of it."""
    with open_session() as session:
        rows = session.decisions.rows(queries.MESSAGES)
    found = [_logged(row) for row in rows]
    if as_json:
        print_json({"messages": [{**own, "when": own["when"].isoformat()} for own in found]})
    else:
        shown = ({**own, "when": f"{own['when']:%Y-%m-%d %H:%M}"} for own in found)
        table("Messages", COLUMNS, (tuple(own.values()) for own in shown))


def _logged(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "number": row["number"],
        "purpose": row["purpose"],
        "status": row["status"],
        "attempts": row["attempts"],
        "recipients": row["recipients"].split(", ") if row["recipients"] else [],
        "when": row["changed_at"].astimezone(WARSAW),
        "error": row["error"],
    }
