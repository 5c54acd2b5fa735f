"""`licznik reminders`: unpaid invoices are recalled."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from entrypoints.cli.arguments import Day
from entrypoints.cli.output import AsJson, print_json, table
from entrypoints.cli.sending import (
    Again,
    Arrived,
    DryRun,
    Task,
    finish,
    office_of,
    transmitting,
)
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.settings import read_settings
from invoices.delivering import Dispatch, Post, not_uncertain
from invoices.finding import find_invoice
from invoices.mailing.carriers import Transmit
from invoices.messages import reminder_purpose
from invoices.reminders import DUE, NOT_DELIVERED, Unpaid, broken_off, unpaid
from metering.calendar import local_day
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="Reminders of unpaid invoices.", no_args_is_help=True)

OnDay = Annotated[
    date | None, typer.Option("--on", parser=Day, metavar="DAY", help="As of a day; default today.")
]


@app.command("send")
def send(
    on: OnDay = None,
    again: Again = None,
    arrived: Arrived = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Send the reminders that are due: of each unpaid invoice the latest, and each once."""
    settings, task = read_settings(), Task.asked(again, arrived, dry_run)
    today = _day(on, dry_run=dry_run)
    with (
        open_session(settings) as session,
        office_of(session) as office,
        transmitting(settings, needed=task.sends) as transmit,
    ):
        way = (transmit, settings.mail.sender)
        left: list[Dispatch] = []
        if arrived is not None:
            posts = _broken_off(session, arrived, *way)
        else:
            posts, left = _due(session, today, again, *way)
        dispatches = task.work(office, posts) + left
    finish("Reminders", dispatches, as_json=as_json, dry_run=dry_run)


def _day(on: date | None, *, dry_run: bool) -> date:
    """The day that reminders are of; one to come may be looked at, and nothing sent for it."""
    today = local_day(clock())
    if on is not None and on > today and not dry_run:
        message = f"{on} is still to come: look at it with --dry-run"
        raise ProblemsFound([Problem("in_future", "--on", message)])
    return on or today


def _broken_off(
    session: Session, number: str, transmit: Transmit, mail_from: str | None
) -> list[Post]:
    """The reminder that has arrived, as a person says; raises ProblemsFound if none broke off."""
    invoice = find_invoice(session.decisions, number).id
    posts = broken_off(session.decisions, invoice, transmit, mail_from)
    if not posts:
        raise ProblemsFound([not_uncertain(number)])
    return posts


def _due(
    session: Session, today: date, number: str | None, transmit: Transmit, mail_from: str | None
) -> tuple[list[Post], list[Dispatch]]:
    """The reminders to send, and those that cannot be sent; raises ProblemsFound if the one that
    is asked for is neither."""
    only = None if number is None else find_invoice(session.decisions, number).id
    found = unpaid(session.decisions, session.catalog, today)
    chosen = [own for own in found if only in (None, own.case.invoice)]
    posts = [own.post(transmit, mail_from) for own in chosen if own.state == DUE]
    left = [_not_delivered(own) for own in chosen if own.state == NOT_DELIVERED]
    if number is not None and not (posts or left):
        message = f"no reminder of invoice {number} is due: there is nothing to send again"
        raise ProblemsFound([Problem("not_due", "again", message)])
    return posts, left


def _not_delivered(own: Unpaid) -> Dispatch:
    message = "the invoice itself was not delivered by e-mail: see `licznik invoices deliver`"
    to = own.case.account.email
    return Dispatch(own.case.number, reminder_purpose(own.reached), NOT_DELIVERED, to, message)


COLUMNS = ("number", "account", "due on", ">days late", ">due", "currency", ">last step", "state")


@app.command("list")
def list_command(on: OnDay = None, as_json: AsJson = False) -> None:
    """List the invoices that are overdue, and whether a reminder of each is due."""
    today = on or local_day(clock())
    with open_session() as session:
        found = [_overdue(own, today) for own in unpaid(session.decisions, session.catalog, today)]
    if as_json:
        print_json({"overdue": found})
    else:
        table(f"Overdue on {today}", COLUMNS, (tuple(own.values()) for own in found))


def _overdue(own: Unpaid, today: date) -> dict[str, Any]:
    return {
        "number": own.case.number,
        "account": own.case.account.id,
        "due_on": str(own.due_on),
        "days_late": (today - own.due_on).days,
        "due": f"{own.case.due:.2f}",
        "currency": own.currency,
        "last_step": own.started,
        "state": own.state,
    }
