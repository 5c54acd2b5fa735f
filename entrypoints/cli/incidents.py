"""`licznik incidents`: from the report of an incident to its repair and its cause."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Any

import typer

from billing.sla.links import shortfalls
from billing.sla.priorities import Proposal, rows
from billing.sla.recorded import queries
from billing.sla.recorded.book import INCIDENT_KIND
from billing.sla.recorded.incident import INCIDENT, RecordedIncident
from billing.sla.recorded.incident_desk import IncidentDesk
from entrypoints.cli.arguments import Instant
from entrypoints.cli.output import AsJson, print_json, say, table
from entrypoints.cli.session import Session, clock, open_session
from entrypoints.cli.showing_incidents import (
    history_json,
    incident_json,
    local,
    report_incident,
    show_history,
    tell_shortfalls,
)
from entrypoints.cli.spans import Share, time_span
from metering.problems import Problem, ProblemsFound

app = typer.Typer(help="Incidents: reported, qualified, repaired.", no_args_is_help=True)

IncidentId = Annotated[str, typer.Argument(metavar="INCIDENT", help="The incident's id.")]
By = Annotated[str | None, typer.Option("--by", help="The name of who decides.")]
At = Annotated[datetime | None, typer.Option(parser=Instant, help="When; default: now.")]
Told = Annotated[
    datetime | None, typer.Option(parser=Instant, help="When the client was told; default: now.")
]


@dataclass(frozen=True, slots=True)
class AtWork:
    """The desk for incidents, open for one command."""

    session: Session
    desk: IncidentDesk
    now: datetime

    def show(self, own: RecordedIncident, *, as_json: bool) -> None:
        """Prints an incident after a step."""
        report_incident(self.session, own, self.now, as_json=as_json)


@contextmanager
def at_work() -> Iterator[AtWork]:
    """Opens the desk."""
    with open_session() as session:
        now = clock()
        yield AtWork(session, IncidentDesk(session.decisions, session.catalog, now), now)


def given(**options: Any) -> dict[str, Any]:
    """The options that were given."""
    return {key: own for key, own in options.items() if own is not None}


@app.command("report")
def report(
    incident: IncidentId,
    order: Annotated[list[str], typer.Option("--order", help="An order it concerns; repeatable.")],
    by: Annotated[str, typer.Option(help="client, user, provider or nobody.")] = "client",
    at: At = None,
    reporter: Annotated[str | None, typer.Option(help="The reporter's name.")] = None,
    channel: Annotated[str | None, typer.Option(help="phone, email, panel or monitoring.")] = None,
    device: Annotated[str | None, typer.Option(help="Device, system and its version.")] = None,
    first_noticed: Annotated[
        datetime | None, typer.Option(parser=Instant, help="When it was first noticed.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What happens, and what should.")] = None,
    data: Annotated[str | None, typer.Option(help="The data concerned.")] = None,
    category: Annotated[str | None, typer.Option(help="The error category.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="It takes the place of the report before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Record an incident that became known."""
    said = given(
        reported=at,
        reporter=reporter,
        channel=channel,
        device=device,
        first_noticed=first_noticed,
        description=description,
        data_concerned=data,
        category=category,
    )
    with at_work() as own:
        who = None if by == "nobody" else by
        done = own.desk.report(incident, order, {**said, "reported_by": who}, again=again)
        own.show(done, as_json=as_json)


@app.command("qualify")
def qualify(
    incident: IncidentId,
    example: Annotated[str | None, typer.Option(help="A row of the priority table.")] = None,
    share: Annotated[
        Fraction | None,
        typer.Option(parser=Share, metavar="3/5", help="The share of the users affected."),
    ] = None,
    priority: Annotated[
        str | None, typer.Option(help="The decision: critical, high, medium or low.")
    ] = None,
    by: By = None,
    told: Told = None,
    unavailable: Annotated[
        bool | None,
        typer.Option(
            "--unavailable/--available",
            help="Whether the service is unavailable; default: by the priority (R109).",
        ),
    ] = None,
    first: Annotated[
        bool, typer.Option("--first", help="This was the first notice: a wrong time is put right.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Propose a priority; with --priority and --by decide on it, for the first time or again."""
    with at_work() as own:
        if priority is None:
            _propose(own, incident, example, share, as_json=as_json)
            return
        said = given(priority=priority, by=by, told=told, example=example)
        more = {"service_unavailable": unavailable, "is_first": first}
        done = own.desk.qualify(incident, {**said, **more}, share)
        own.show(done, as_json=as_json)


def _propose(
    own: AtWork, key: str, example: str | None, share: Fraction | None, *, as_json: bool
) -> None:
    """Shows the row that holds for an example, or the whole table; records nothing."""
    known = own.desk.get(key)
    proposal = own.desk.proposal(key, example, share) if example else None
    found = [proposal] if proposal else list(rows(own.session.catalog.incidents))
    if as_json:
        shown = _row_json(proposal) if proposal else None
        table_json = [_row_json(row) for row in found]
        print_json({"incident": known.id, "proposal": shown, "table": table_json, "decided": False})
        return
    title = f"Proposed for {key}" if proposal else "The priority table"
    columns = ("priority", "example", "what", "in Polish")
    table(title, columns, ((r.priority, r.example, r.row.en, r.row.pl) for r in found))
    say("Nothing is decided: a person does, with --priority and --by.")


def _row_json(own: Proposal) -> dict[str, str]:
    return {
        "priority": own.priority,
        "example": own.example,
        "en": own.row.en,
        "pl": own.row.pl,
    }


Times = Annotated[
    list[str] | None,
    typer.Option("--time", metavar="FROM/TO", help="A time; TO may be empty. Repeatable."),
]
Nothing = Annotated[bool, typer.Option("--none", help="There was no such time.")]


@app.command("down")
def down(
    incident: IncidentId,
    time: Annotated[
        list[str] | None,
        typer.Option(
            "--time",
            metavar="FROM/TO/FUNCTION",
            help="A time and the critical function; TO may be empty. Repeatable.",
        ),
    ] = None,
    none: Nothing = False,
    as_json: AsJson = False,
) -> None:
    """State all times in which critical functions were down; it replaces what was stated."""
    failures = _times(time, none=none)
    with at_work() as own:
        own.show(own.desk.state_failures(incident, failures), as_json=as_json)


@app.command("wait")
def wait(
    incident: IncidentId,
    start: Annotated[
        datetime | None, typer.Option("--from", parser=Instant, help="The waiting begins.")
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", parser=Instant, help="The waiting ends.")
    ] = None,
    time: Times = None,
    none: Nothing = False,
    as_json: AsJson = False,
) -> None:
    """Record for which times the client was waited for; --time states all of them anew."""
    if (start is not None) + (end is not None) + (bool(time) or none) != 1:
        message = "say one of: --from, --to, or all times by --time"
        raise ProblemsFound([Problem("contradiction", "time", message)])
    with at_work() as own:
        if start is not None:
            done = own.desk.start_wait(incident, start)
        elif end is not None:
            done = own.desk.end_wait(incident, end)
        else:
            done = own.desk.state_waits(incident, _times(time, none=none))
        own.show(done, as_json=as_json)


def _times(texts: list[str] | None, *, none: bool) -> list[dict[str, Any]]:
    if bool(texts) == none:
        message = "state the times by --time, or that there are none by --none"
        raise ProblemsFound([Problem("contradiction", "time", message)])
    return [time_span(text) for text in texts or ()]


@app.command("repair")
def repair(
    incident: IncidentId,
    by: By = None,
    how: Annotated[
        str | None,
        typer.Option(help="earlier_state, proper_operation, backup or cause_removed."),
    ] = None,
    impossible: Annotated[
        bool,
        typer.Option("--impossible", help="The client was told that it cannot be restored."),
    ] = False,
    at: At = None,
    consent: Annotated[str | None, typer.Option(help="Who agreed to a backup.")] = None,
    note: Annotated[str | None, typer.Option(help="Why it is impossible.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record the repair, or the notice that there can be none; that stops no clock."""
    with at_work() as own:
        if impossible:
            done = own.desk.impossible(incident, given(at=at, by=by, note=note))
        else:
            done = own.desk.repair(incident, given(at=at, by=by, how=how, consent=consent))
        own.show(done, as_json=as_json)


@app.command("cause")
def cause(
    incident: IncidentId,
    found: Annotated[str, typer.Argument(metavar="CAUSE", help="provider or external.")],
    by: By = None,
    evidence: Annotated[str | None, typer.Option(help="What it was found by.")] = None,
    download_kbps: Annotated[int | None, typer.Option(help="The client's link, kbit/s.")] = None,
    upload_kbps: Annotated[int | None, typer.Option(help="The client's link, kbit/s.")] = None,
    talking: Annotated[int | None, typer.Option(help="How many users were talking.")] = None,
    hardware_phones: Annotated[bool | None, typer.Option("--hardware-phones")] = None,
    delay_ms: Annotated[str | None, typer.Option(help="Delay of the link.")] = None,
    jitter_ms: Annotated[str | None, typer.Option(help="Jitter of the link.")] = None,
    loss: Annotated[str | None, typer.Option(help="Loss of the link, percent.")] = None,
    medium: Annotated[str | None, typer.Option(help="cable, wifi or mobile.")] = None,
    as_json: AsJson = False,
) -> None:
    """Record the cause that a person found; of an external one nothing is owed."""
    link = given(
        download_kbps=download_kbps,
        upload_kbps=upload_kbps,
        talking_users=talking,
        hardware_phones=hardware_phones,
        delay_ms=delay_ms,
        jitter_ms=jitter_ms,
        loss_percent=loss,
        medium=medium,
    )
    with at_work() as own:
        said = given(cause=found, by=by, evidence=evidence, link=link or None)
        done = own.desk.cause(incident, said)
        minimum = own.session.catalog.incidents.link_minimum
        if minimum and done.cause and done.cause.link:
            tell_shortfalls(list(shortfalls(minimum, done.cause.link)))
        own.show(done, as_json=as_json)


@app.command("show")
def show(incident: IncidentId, as_json: AsJson = False) -> None:
    """Show an incident: what is known, when it is due, and every step recorded."""
    with at_work() as own:
        known = own.desk.get(incident)
        events = list(own.session.decisions.events.get(f"{INCIDENT_KIND.prefix}{incident}"))
        if as_json:
            shown = incident_json(own.session, known, own.now)
            print_json({**shown, "history": history_json(events)})
            return
        own.show(known, as_json=False)
        show_history(events)


@app.command("list")
def list_command(
    order: Annotated[str | None, typer.Option(help="Only those of an order.")] = None,
    unrepaired: Annotated[bool, typer.Option("--open", help="Only those not repaired.")] = False,
    as_json: AsJson = False,
) -> None:
    """List incidents."""
    with at_work() as own:
        found = [
            INCIDENT.validate_python(row["details"])
            for row in own.session.decisions.rows(queries.ROWS["incident"])
            if order is None or order in row["orders"]
        ]
        shown = [one for one in found if not unrepaired or one.status in ("reported", "qualified")]
        if as_json:
            listed = [incident_json(own.session, one, own.now) for one in shown]
            print_json({"incidents": listed})
            return
    columns = ("incident", "status", "priority", "reported", "by", "qualified", "orders")
    table("Incidents", columns, (_listed(one) for one in shown))


def _listed(own: RecordedIncident) -> tuple[Any, ...]:
    return (
        own.id,
        own.status,
        own.qualification.priority if own.qualification else "",
        local(own.report.reported),
        own.report.reported_by or "nobody",
        local(own.qualified),
        ", ".join(own.orders),
    )
