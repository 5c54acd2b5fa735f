"""`licznik receivables`: who owes how much, and for how long already."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import typer

from entrypoints.cli.arguments import Day
from entrypoints.cli.output import AsJson, print_json, table
from entrypoints.cli.session import clock, open_session
from invoices.payments.reading import receivables_on
from invoices.payments.receivables import (
    OpenInvoice,
    Receivable,
    age,
    overdue_days,
    totals,
)
from metering.calendar import local_day

COLUMNS = ("account", "name", "", ">not due", ">1-30", ">31-60", ">61-90", ">over 90", ">overpaid",
           ">total")  # fmt: skip
NOBODY = "not known"


def receivables_command(
    account: Annotated[str | None, typer.Option(help="Only this account.")] = None,
    on: Annotated[
        date | None, typer.Option(parser=Day, metavar="DAY", help="At the end of this day: today.")
    ] = None,
    invoices: Annotated[bool, typer.Option("--invoices", help="Each open invoice too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is due, by days overdue: each account and currency, as of a day."""
    day = on or local_day(clock())
    with open_session() as session:
        found = receivables_on(session.decisions, day, account)
    if as_json:
        print_json(_as_json(found, day, invoices=invoices))
        return
    table(f"Receivables on {day}", COLUMNS, [*map(_row, found), *map(_sum, totals(found))])
    if invoices:
        _show_invoices(found, day)


def _amounts(own: Receivable) -> dict[str, str]:
    amounts = {**own.ages, "overpaid": own.overpaid, "total": own.total}
    return {name: f"{amount:.2f}" for name, amount in amounts.items()}


def _row(own: Receivable) -> tuple[Any, ...]:
    return (own.account or NOBODY, own.name, own.currency, *_amounts(own).values())


def _sum(own: Receivable) -> tuple[Any, ...]:
    return ("all", "", own.currency, *_amounts(own).values())


def _as_json(found: Iterable[Receivable], day: date, *, invoices: bool) -> dict[str, Any]:
    own = list(found)
    result: dict[str, Any] = {
        "on": str(day),
        "accounts": [{**_who(one), "currency": one.currency, **_amounts(one)} for one in own],
        "totals": [{"currency": one.currency, **_amounts(one)} for one in totals(own)],
    }
    if invoices:
        result["invoices"] = [_invoice(one, day) for each in own for one in each.invoices]
    return result


def _who(own: Receivable) -> dict[str, Any]:
    return {"account": own.account, "name": own.name or None}


def _invoice(one: OpenInvoice, day: date) -> dict[str, Any]:
    return {
        "number": one.number,
        "order": one.order,
        "account": one.account,
        "issued_on": str(one.issued_on),
        "due_on": str(one.due_on),
        "overdue_days": overdue_days(one.due_on, day),
        "age": age(one.due_on, day),
        "currency": one.currency,
        "owed": f"{one.owed:.2f}",
        "paid": f"{one.paid:.2f}",
        "open": f"{one.open:.2f}",
    }


def _show_invoices(found: Iterable[Receivable], day: date) -> None:
    shown = ("number", "account", "due_on", "overdue_days", "owed", "paid", "open", "currency")
    right = ("overdue_days", "owed", "paid", "open")
    rows = [_invoice(one, day) for own in found for one in own.invoices]
    columns = [f">{name}" if name in right else name for name in shown]
    table("Open invoices", columns, ([row[name] for name in shown] for row in rows))
