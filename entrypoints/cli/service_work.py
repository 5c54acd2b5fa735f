"""`licznik incidents estimate|accept|decline|done`: work on a report that was not ours to mend."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from entrypoints.cli.arguments import Day
from entrypoints.cli.incidents import IncidentId, at_work
from entrypoints.cli.incidents import app as app  # with these commands in it
from entrypoints.cli.output import AsJson
from metering.calendar import local_day

Order = Annotated[str | None, typer.Option(help="The order, if the incident has several.")]
On = Annotated[
    date | None, typer.Option(parser=Day, metavar="DAY", help="The day; default: today.")
]


@app.command("estimate")
def estimate(
    incident: IncidentId,
    hours: Annotated[str, typer.Option(help="Man-hours, such as 2.5.")],
    by: Annotated[str, typer.Option(help="Who made the estimate.")],
    order: Order = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Estimate the work, at the hour's price of the order's contract."""
    with at_work() as own:
        day = on or local_day(own.now)
        own.show(own.desk.estimate(incident, order, hours, day, by), as_json=as_json)


@app.command("accept")
def accept(
    incident: IncidentId,
    by: Annotated[str, typer.Option(help="Who of the client accepted it.")],
    order: Order = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record that the client accepted the estimate: the work may start."""
    with at_work() as own:
        day = on or local_day(own.now)
        own.show(own.desk.decide(incident, order, accepted=True, on=day, by=by), as_json=as_json)


@app.command("decline")
def decline(
    incident: IncidentId,
    by: Annotated[str, typer.Option(help="Who of the client declined it.")],
    order: Order = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record that the client declined the estimate: nothing is done or charged."""
    with at_work() as own:
        day = on or local_day(own.now)
        own.show(own.desk.decide(incident, order, accepted=False, on=day, by=by), as_json=as_json)


@app.command("done")
def done(incident: IncidentId, order: Order = None, on: On = None, as_json: AsJson = False) -> None:
    """Record that the accepted work is performed: that month's invoice charges it."""
    with at_work() as own:
        day = on or local_day(own.now)
        own.show(own.desk.done(incident, order, day), as_json=as_json)
