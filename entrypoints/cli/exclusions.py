"""`licznik exclusions`: planned work that is announced to clients."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import typer

from billing.decisions import plain
from billing.sla.recorded import queries
from billing.sla.recorded.exclusion import EXCLUSION, RecordedExclusion
from billing.sla.recorded.exclusion_desk import ExclusionDesk
from entrypoints.cli.arguments import Instant
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import clock, open_session
from entrypoints.cli.showing_incidents import local

app = typer.Typer(help="Planned work.", no_args_is_help=True)

ExclusionId = Annotated[str, typer.Argument(metavar="EXCLUSION", help="The work's id.")]
By = Annotated[str, typer.Option(help="The name of who does it.")]


@app.command("announce")
def announce(
    exclusion: ExclusionId,
    order: Annotated[list[str], typer.Option("--order", help="An order; repeatable.")],
    start: Annotated[datetime, typer.Option("--from", parser=Instant, help="It begins.")],
    end: Annotated[datetime, typer.Option("--to", parser=Instant, help="It ends.")],
    by: By,
    announced: Annotated[
        datetime | None, typer.Option(parser=Instant, help="When clients were told; default: now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Record that planned work was announced."""
    with open_session() as session:
        desk = ExclusionDesk(session.decisions, session.catalog, clock())
        said = {"start": start, "end": end, "announced": announced, "by": by}
        own = desk.announce(exclusion, order, said)
        _show([(own, desk.is_in_time(own))], as_json=as_json, one=True)
        if not desk.is_in_time(own):
            days = session.catalog.sla_rules.exclusion_notice_days
            say(f"It was announced less than {days} days before: it counts as any other outage.")


@app.command("withdraw")
def withdraw(exclusion: ExclusionId, by: By, as_json: AsJson = False) -> None:
    """Record that the work does not take place."""
    with open_session() as session:
        desk = ExclusionDesk(session.decisions, session.catalog, clock())
        own = desk.withdraw(exclusion, by)
        _show([(own, desk.is_in_time(own))], as_json=as_json, one=True)


@app.command("list")
def list_command(
    order: Annotated[str | None, typer.Option(help="Only that of an order.")] = None,
    as_json: AsJson = False,
) -> None:
    """List planned work."""
    with open_session() as session:
        desk = ExclusionDesk(session.decisions, session.catalog, clock())
        found = [
            EXCLUSION.validate_python(row["details"])
            for row in session.decisions.rows(queries.ROWS["exclusion"])
            if order is None or order in row["orders"]
        ]
        _show([(own, desk.is_in_time(own)) for own in found], as_json=as_json)


def _show(found: list[tuple[RecordedExclusion, bool]], *, as_json: bool, one: bool = False) -> None:
    if as_json:
        shown = [_json(own, in_time=in_time) for own, in_time in found]
        print_json(shown[0] if one else {"exclusions": shown})
        return
    columns = ("exclusion", "status", "from", "to", "announced", "in time", "by", "orders")
    table("Planned work", columns, (_row(own, in_time=in_time) for own, in_time in found))


def _json(own: RecordedExclusion, *, in_time: bool) -> dict[str, Any]:
    facts = {"exclusion": own.id, "status": own.status, **plain(EXCLUSION, own)}
    facts.pop("id")
    return {**facts, "announced_in_time": in_time}


def _row(own: RecordedExclusion, *, in_time: bool) -> tuple[Any, ...]:
    times = (local(own.start), local(own.end), local(own.announced))
    told = "yes" if in_time else "no"
    return own.id, own.status, *times, told, own.withdrawn_by or own.by, ", ".join(own.orders)
