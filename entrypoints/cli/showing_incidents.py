"""Incidents as commands show them: their facts, deadlines, estimates and decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from billing.decisions import plain
from billing.sla.documents import incident_document
from billing.sla.recorded.incident import EVERY, INCIDENT, RecordedIncident
from billing.sla.settling import timeliness
from entrypoints.cli.output import print_json, say, table
from entrypoints.cli.service_levels import show_tables
from entrypoints.cli.session import Session
from metering.calendar import WARSAW


def incident_json(session: Session, own: RecordedIncident, now: datetime) -> dict[str, Any]:
    """An incident with its deadlines for each order."""
    facts = {"incident": own.id, "status": own.status, **plain(INCIDENT, own)}
    facts.pop("id")
    return {**facts, "deadlines": deadline_documents(session, own, now)}


def deadline_documents(
    session: Session, own: RecordedIncident, now: datetime
) -> list[dict[str, Any]]:
    """When reaction and repair of an incident are due for each of its orders."""
    terms = session.decisions.terms(list(own.orders))
    value = own.incident()
    return [
        incident_document(timeliness(one, session.catalog, value, now)) for one in terms.values()
    ]


def report_incident(
    session: Session, own: RecordedIncident, now: datetime, *, as_json: bool
) -> None:
    """Prints an incident after a step."""
    if as_json:
        print_json(incident_json(session, own, now))
        return
    table(f"Incident {own.id}", ("what", "is"), described(own))
    show_tables({"incidents": deadline_documents(session, own, now)})
    if own.estimates:
        columns = ("order", ">hours", ">price of an hour", "made", "state", "decided by")
        table("Service work", columns, (_estimate(one) for one in own.estimates))


def described(own: RecordedIncident) -> list[tuple[str, Any]]:
    """The facts of an incident, one a row."""
    report, qualification = own.report, own.qualification
    rows: list[tuple[str, Any]] = [
        ("status", own.status),
        ("orders", ", ".join(own.orders)),
        ("reported", _joined(local(report.reported), f"by {report.reported_by or 'nobody'}")),
        ("reporter", _joined(report.reporter, report.channel)),
        ("device", report.device),
        ("first noticed", local(report.first_noticed)),
        ("description", report.description),
        ("data concerned", report.data_concerned),
        ("category", report.category),
    ]
    if qualification:
        example = _joined(qualification.example or "", qualification.share or "")
        rows += [
            ("priority", _joined(qualification.priority, f"by {qualification.by}", example)),
            ("client told first", local(own.qualified)),
        ]
    rows += [("down", _joined(_span(one), one.service)) for one in own.down]
    rows += [("waiting for the client", _span(one)) for one in own.client_action]
    if own.impossible:
        rows.append(("not restorable, told", local(own.impossible.at)))
    if own.repair:
        rows.append(
            ("repaired", _joined(local(own.repair.at), own.repair.how, f"by {own.repair.by}"))
        )
    if own.cause:
        who = f"found by {own.cause.by}"
        rows.append(("cause", _joined(own.cause.cause, who, own.cause.evidence)))
    return [row for row in rows if row[1]]


def show_history(events: Iterable[Any]) -> None:
    """Prints every step that was recorded."""
    rows = (
        (
            event.originator_version,
            local(event.recorded_at),
            type(event).__name__,
            "; ".join(f"{key} {_shown(own)}" for key, own in said(event).items() if own),
        )
        for event in events
    )
    table("Recorded", (">", "when", "step", "what"), rows)


def _shown(value: Any) -> str:
    """What an event says of one thing, in words."""
    if isinstance(value, datetime):
        return local(value)
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    if isinstance(value, Mapping) and "start" in value:
        span = f"{local(value['start'])} - {local(value['end']) or 'goes on'}"
        return _joined(span, value.get("service", ""))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {own}" for key, own in value.items() if own is not None)
    return str(value)


def said(event: Any) -> Mapping[str, Any]:
    """What an event says beside what every event says of itself."""
    return {key: own for key, own in vars(event).items() if key not in EVERY}


def history_json(events: Iterable[Any]) -> list[dict[str, Any]]:
    """Every step that was recorded, for programs."""
    return [{"step": type(event).__name__, **vars(event)} for event in events]


def _estimate(own: Any) -> tuple[Any, ...]:
    return own.order, own.hours, own.price, own.made, own.state, own.decided_by


def local(instant: datetime | None) -> str:
    """An instant in local time, to the second."""
    if instant is None:
        return ""
    return instant.astimezone(WARSAW).isoformat(sep=" ", timespec="seconds")


def _span(own: Any) -> str:
    return f"{local(own.start)} - {local(own.end) or 'goes on'}"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def tell_shortfalls(names: list[str]) -> None:
    """Says what of the client's link is below the minimum."""
    if names:
        shown = ", ".join(name.replace("_", " ") for name in names)
        say(f"The client's link is below the minimum: {shown}.")
    else:
        say("The client's link is not below the minimum.")
