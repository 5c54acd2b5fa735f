"""`licznik sla`: what an order's service level comes to in a month."""

from __future__ import annotations

from typing import Annotated

import typer

from billing.sla.figures import figures
from billing.sla.recorded.reading import recorded_service
from entrypoints.cli.arguments import Month
from entrypoints.cli.output import AsJson, print_json, problems_json, show_problems
from entrypoints.cli.service_levels import figure_documents, show_tables
from entrypoints.cli.session import clock, open_session
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound


def sla_command(
    order: Annotated[str, typer.Argument(help="The order.")],
    period: Annotated[
        Period, typer.Option("--period", parser=Month, metavar="YYYY-MM", help="The month.")
    ],
    as_json: AsJson = False,
) -> None:
    """Show a month's availability, incidents with deadlines, penalties so far, and claim."""
    with open_session() as session:
        terms = session.decisions.order(order).terms
        record = recorded_service(session.decisions, [order])
        found = figures(terms, session.catalog, record, period, clock())
    if found.settled is None:
        message = f"order {order} is not in service in {period}"
        raise ProblemsFound([Problem("not_in_service", "period", message)])
    documents = figure_documents(found)
    if as_json:
        print_json({**documents, "problems": problems_json(found.problems)})
        return
    show_tables(documents)
    show_problems(found.problems)
