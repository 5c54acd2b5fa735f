"""`licznik claims`: what clients claim, and what people decide on it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from billing.decisions import plain
from billing.money import amount_text
from billing.money import plain as plain_number
from billing.sla.credits import Credit
from billing.sla.recorded import queries
from billing.sla.recorded.claim import CLAIM, RecordedClaim
from billing.sla.recorded.claim_desk import ClaimDesk
from entrypoints.cli.arguments import Day, Month
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.service_levels import figure_documents, show_tables
from entrypoints.cli.session import clock, open_session
from metering.calendar import Period, local_day

app = typer.Typer(help="Claims of credits.", no_args_is_help=True)

Order = Annotated[str, typer.Argument(help="The order.")]
Of = Annotated[Period, typer.Option("--period", parser=Month, metavar="YYYY-MM", help="Its month.")]
On = Annotated[
    date | None, typer.Option(parser=Day, metavar="DAY", help="The day; default: today.")
]


@app.command("file")
def file(
    order: Order,
    period: Of,
    by: Annotated[str, typer.Option(help="Who of the client claims.")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record the client's claim for a month."""
    with open_session() as session:
        desk = ClaimDesk(session.decisions, session.catalog, clock())
        desk.file(order, period, on or local_day(clock()), by)
        _show(desk, order, period, as_json=as_json)


@app.command("confirm")
def confirm(
    order: Order,
    period: Of,
    by: Annotated[str | None, typer.Option(help="The name of who confirms it.")] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Show what a claim comes to; with --by confirm it."""
    with open_session() as session:
        desk = ClaimDesk(session.decisions, session.catalog, clock())
        if by is not None:
            _tell(desk.expected(order, period))
            desk.confirm(order, period, on or local_day(clock()), by)
        _show(desk, order, period, as_json=as_json)
        if by is None:
            say("Nothing is decided: a person does, with --by.")


@app.command("refuse")
def refuse(
    order: Order,
    period: Of,
    by: Annotated[str, typer.Option(help="The name of who refuses it.")],
    reason: Annotated[str, typer.Option(help="Why, in words for the client.")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Refuse a claim."""
    with open_session() as session:
        desk = ClaimDesk(session.decisions, session.catalog, clock())
        desk.refuse(order, period, on or local_day(clock()), by, reason)
        _show(desk, order, period, as_json=as_json)


@app.command("show")
def show(order: Order, period: Of, as_json: AsJson = False) -> None:
    """Show a claim and the figures that it rests on."""
    with open_session() as session:
        desk = ClaimDesk(session.decisions, session.catalog, clock())
        _show(desk, order, period, as_json=as_json)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List claims."""
    with open_session() as session:
        rows = session.decisions.rows(queries.ROWS["claim"])
    found = [CLAIM.validate_python(row["details"]) for row in rows]
    if as_json:
        print_json({"claims": [_json(own) for own in found]})
        return
    _table(found)


def _show(desk: ClaimDesk, order: str, period: Period, *, as_json: bool) -> None:
    own, expected = desk.get(order, period), desk.expected(order, period)
    documents = figure_documents(desk.figures(order, period))
    if as_json:
        print_json({**_json(own), "if_confirmed": _credit(expected), "figures": documents})
        return
    _table([own])
    show_tables(documents)
    if own.status == "filed":
        _tell(expected)


def _tell(credit: Credit) -> None:
    amount = f"{amount_text(credit.amount)} {credit.amount.currency}"
    shown = f"{plain_number(credit.percent)} % of the fees, {amount}"
    because = f"nothing: {credit.reason}"
    say(f"If it is confirmed it comes to {because if credit.reason else shown}.")


def _credit(own: Credit) -> dict[str, Any]:
    return {
        "state": own.state,
        "reason": own.reason,
        "percent": plain_number(own.percent),
        "amount": amount_text(own.amount),
    }


def _json(own: RecordedClaim) -> dict[str, Any]:
    return {"status": own.status, **plain(CLAIM, own)}


def _table(found: list[RecordedClaim]) -> None:
    columns = ("order", "period", "status", "filed", "by", "decided", "by", "reason")
    rows = (
        (*(own.order, own.period, own.status, own.filed, own.filed_by), *_decision(own))
        for own in found
    )
    table("Claims", columns, rows)


def _decision(own: RecordedClaim) -> tuple[Any, ...]:
    return own.confirmed or own.refused, own.decided_by, own.reason
