"""`licznik marks`: percentages of allowances and limits, told of when usage reaches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from billing.money import plain
from entrypoints.cli.arguments import Month
from entrypoints.cli.noticing import watch
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import clock, open_session
from invoices.notices import queries
from invoices.notices.mark_settings import MarkSettings, set_marks
from metering.calendar import WARSAW, Period
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="Marks of usage: who is near an allowance or limit.", no_args_is_help=True)

Order = Annotated[str, typer.Argument(help="The order's id.")]


@app.command("set")
def set_command(
    order: Order,
    meter: Annotated[str, typer.Argument(help="A meter, such as sms.")],
    marks: Annotated[list[int] | None, typer.Argument(help="Percentages; none: no marks.")] = None,
    default: Annotated[bool, typer.Option("--default", help="Those of the catalog again.")] = False,
) -> None:
    """Give an order marks of its own for a meter, such as 50 80 95 100."""
    if default and marks:
        message = "it gives the marks of the catalog: leave out the numbers"
        raise ProblemsFound([Problem("wrong_option", "--default", message)])
    with open_session() as session:
        chosen = None if default else list(marks or ())
        set_marks(session.decisions, session.catalog, order, meter, chosen, clock())
        settings = MarkSettings(session.decisions, session.catalog, [order])
        say(f"Marks of {meter} of order {order}: {_listed(settings.of(order, meter))}.")


def _listed(marks: Any) -> str:
    return ", ".join(f"{mark} %" for mark in marks) or "none"


@app.command("list")
def list_command(
    order: Annotated[str | None, typer.Argument(help="Only this order.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the marks of the catalog, and those that orders have of their own."""
    with open_session() as session:
        if order is not None:
            session.decisions.order(order)  # a misspelt one is a problem, not an empty list
        only = None if order is None else [order]
        own = MarkSettings(session.decisions, session.catalog, only).own
        default = session.catalog.marks
    rows = [{"order": key, "meter": meter, "marks": marks} for (key, meter), marks in own.items()]
    if as_json:
        print_json({"default": default, "own": rows})
    else:
        say(f"Marks of the catalog: {_listed(default)}.")
        shown = ((row["order"], row["meter"], _listed(row["marks"])) for row in rows)
        table("Marks of orders", ("order", "meter", "marks"), shown)


COLUMNS = ("when", "order", "period", "meter", "measure", ">mark", ">used", ">of")


@app.command("reached")
def reached_command(
    order: Annotated[str | None, typer.Option(help="Only this order.")] = None,
    period: Annotated[
        Period | None, typer.Option(parser=Month, metavar="YYYY-MM", help="Only this period.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many, the last ones first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the marks that usage has reached."""
    first = period.first_day if period else None
    with open_session() as session:
        rows = session.decisions.rows(queries.MARKS_REACHED, order=order, period=first, limit=limit)
    found = [_reached(row) for row in rows]
    if as_json:
        print_json({"marks": found})
    else:
        shown = (tuple({**own, "mark": f"{own['mark']} %"}.values()) for own in found)
        table("Marks reached", COLUMNS, shown)


def _reached(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "when": row["reached_at"].astimezone(WARSAW).isoformat(timespec="seconds"),
        "order": row["order_id"],
        "period": str(Period.of(row["period"])),
        "meter": row["meter"],
        "measure": row["measure"],
        "mark": row["mark"],
        "used": plain(row["used"]),
        "bound": plain(row["bound"]),
    }


@app.command("watch")
def watch_command(as_json: AsJson = False) -> None:
    """Look once at all usage since the last time, and record the marks it has reached."""
    with open_session() as session:
        reached = watch(session)
    if as_json:
        print_json({"reached": reached})
    else:
        say(f"{reached} marks reached.")
