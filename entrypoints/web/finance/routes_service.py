"""Claims, incidents and accounting notes: what a person decides, with the figures shown first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from billing.sla.credits import Credit, last_day_to_claim
from billing.sla.priorities import rows as example_rows
from billing.sla.recorded import queries as sla_queries
from billing.sla.recorded.claim import CLAIM
from billing.sla.recorded.claim_desk import ClaimDesk
from billing.sla.recorded.incident import INCIDENT
from billing.sla.recorded.incident_desk import IncidentDesk
from entrypoints.cli.notes import listed
from entrypoints.cli.service_levels import figure_documents
from entrypoints.cli.session import clock
from entrypoints.cli.showing_incidents import deadline_documents
from entrypoints.cli.spans import share_of
from entrypoints.http.service import Serving
from entrypoints.web.access import check_order
from entrypoints.web.finance.common import (
    Decider,
    InWords,
    PageNumber,
    finance_page,
    part_of,
    shown_problems,
)
from entrypoints.web.finance.months import month_of
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back
from entrypoints.web.visitors import Visitor
from invoices import queries
from invoices.invoice import NOTE
from invoices.language import marked
from metering.calendar import WARSAW, Period, local_day
from metering.problems import Problem, ProblemsFound

router = APIRouter(route_class=InWords)

CONFIRMED, REFUSED = marked("The claim is confirmed."), marked("The claim is refused.")
QUALIFIED, REPAIRED = marked("The priority is recorded."), marked("The repair is recorded.")
CREDIT_REASONS = {
    "late": marked("the claim came too late"),
    "external_cause": marked("the cause was not ours"),
    "no_drop": marked("availability was not below the level"),
    "not_reported": marked("no incident was reported in that month"),
    "not_confirmed": marked("it was not confirmed"),
}
PRIORITIES = {
    "critical": marked("critical"),
    "high": marked("high"),
    "medium": marked("medium"),
    "low": marked("low"),
}
REPAIRS = {
    "earlier_state": marked("the earlier state is restored"),
    "proper_operation": marked("it works properly"),
    "backup": marked("from a backup, by agreement"),
    "cause_removed": marked("the cause is removed"),
}
STATUSES = {
    "filed": marked("to be decided"),
    "confirmed": marked("confirmed"),
    "refused": marked("refused"),
    "reported": marked("without a priority"),
    "qualified": marked("being repaired"),
    "repaired": marked("repaired"),
    "external": marked("not our cause"),
}
TEXTS: dict[str, Any] = {
    "credit_reasons": CREDIT_REASONS,
    "priorities": PRIORITIES,
    "repairs": REPAIRS,
    "statuses": STATUSES,
}


@router.get("/finance/claims")
def claims(
    request: Request, service: Serving, visitor: Decider, number: PageNumber = 1
) -> Response:
    """Every claim; those first that nobody has decided on."""
    rows = service.session.decisions.rows(sla_queries.ROWS["claim"])
    found = [CLAIM.validate_python(row["details"]) for row in rows]
    found.sort(key=lambda own: (own.status != "filed", own.filed), reverse=False)
    part = part_of(found, number, "/finance/claims")
    return finance_page(request, visitor, "claims", part=part, **TEXTS)


@router.get("/finance/claims/{order:path}/{month}")
def claim(request: Request, service: Serving, visitor: Decider, order: str, month: str) -> Response:
    """A claim with the figures it rests on, the deadline, and what it would come to."""
    return _claim_page(request, service, visitor, order, month_of(month, clock()))


def _claim_page(
    request: Request,
    service: Serving,
    visitor: Visitor,
    order: str,
    period: Period,
    problems: list[str] | None = None,
    reason: str = "",
) -> Response:
    decisions, catalog = service.session.decisions, service.session.catalog
    check_order(visitor, decisions, order)
    desk = ClaimDesk(decisions, catalog, clock())
    expected = desk.expected(order, period)
    return finance_page(
        request,
        visitor,
        "claim",
        422 if problems else 200,
        period=period,
        own=desk.get(order, period),
        expected=expected,
        shown=shown_credit(expected),
        figures=figure_documents(desk.figures(order, period)),
        last_day=last_day_to_claim(period, catalog.sla_rules.claim_days),
        problems=problems or [],
        reason=reason,
        **TEXTS,
    )


def shown_credit(own: Credit) -> str:
    """What a person was shown of a credit: it must be the same when they decide."""
    return f"{own.amount.amount} {own.amount.currency} {own.percent} {own.reason or 'granted'}"


@router.post("/finance/claims/{order:path}/{month}/confirm")
def confirm(
    request: Request, service: Serving, visitor: Decider, order: str, month: str, form: Posted
) -> Response:
    """Confirms a claim, if it still comes to what was shown."""

    def decide(desk: ClaimDesk, period: Period) -> None:
        if shown_credit(desk.expected(order, period)) != form["shown"]:
            raise ProblemsFound([Problem("draft_changed", "claim", "the figures have changed")])
        desk.confirm(order, period, local_day(clock()), visitor.name)

    return _decided(request, service, visitor, (order, month), form, decide, CONFIRMED)


@router.post("/finance/claims/{order:path}/{month}/refuse")
def refuse(
    request: Request, service: Serving, visitor: Decider, order: str, month: str, form: Posted
) -> Response:
    """Refuses a claim, with the reason in words for the customer."""

    def decide(desk: ClaimDesk, period: Period) -> None:
        desk.refuse(order, period, local_day(clock()), visitor.name, form["reason"])

    return _decided(request, service, visitor, (order, month), form, decide, REFUSED)


def _decided(
    request: Request,
    service: Serving,
    visitor: Visitor,
    whose: tuple[str, str],
    form: Posted,
    decide: Callable[[ClaimDesk, Period], None],
    said: str,
) -> Response:
    order, period = whose[0], month_of(whose[1], clock())
    decisions = service.session.decisions
    check_order(visitor, decisions, order)
    try:
        decide(ClaimDesk(decisions, service.session.catalog, clock()), period)
    except ProblemsFound as found:
        problems = shown_problems(request, visitor, found)
        return _claim_page(request, service, visitor, order, period, problems, form["reason"])
    return back(request, visitor, "/finance/claims", said)


@router.get("/finance/incidents")
def incidents(
    request: Request, service: Serving, visitor: Decider, number: PageNumber = 1
) -> Response:
    """Every incident; those first that are not settled, the newest of them on top."""
    rows = service.session.decisions.rows(sla_queries.ROWS["incident"])
    found = [INCIDENT.validate_python(row["details"]) for row in rows]
    found.sort(key=lambda own: own.recorded_at, reverse=True)
    found.sort(key=lambda own: OPEN_FIRST.index(own.status))
    part = part_of(found, number, "/finance/incidents")
    return finance_page(request, visitor, "incidents", part=part, **TEXTS)


OPEN_FIRST = ("reported", "qualified", "repaired", "external")


@router.get("/finance/incidents/{incident:path}")
def incident(request: Request, service: Serving, visitor: Decider, incident: str) -> Response:
    """An incident with its deadlines, the proposed priority, and what can be recorded."""
    return _incident_page(request, service, visitor, incident, dict(request.query_params))


def _incident_page(
    request: Request,
    service: Serving,
    visitor: Visitor,
    key: str,
    typed: Mapping[str, str],
    problems: list[str] | None = None,
) -> Response:
    now, session = clock(), service.session
    desk = IncidentDesk(session.decisions, session.catalog, now)
    own, proposal, wrong = desk.get(key), None, problems or []
    if typed.get("example") and not problems:
        try:
            proposal = desk.proposal(key, typed["example"], share_of(typed.get("share", "")))
        except ProblemsFound as found:
            wrong = shown_problems(request, visitor, found)
    return finance_page(
        request,
        visitor,
        "incident",
        422 if wrong else 200,
        own=own,
        deadlines=deadline_documents(session, own, now),
        examples=list(example_rows(session.catalog.incidents)),
        proposal=proposal,
        typed={**EMPTY, "told": local_text(now), "at": local_text(now), **typed},
        problems=wrong,
        **TEXTS,
    )


EMPTY = {"example": "", "share": "", "priority": "", "how": "proper_operation", "consent": ""}


def local_text(instant: datetime) -> str:
    """An instant on the clocks of Warsaw, as a field for a time has it."""
    return f"{instant.astimezone(WARSAW):%Y-%m-%dT%H:%M}"


def instant_of(text: str, path: str) -> datetime:
    """The instant of a field, on the clocks of Warsaw; raises ProblemsFound."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        message = f"{text!r} is not a time"
        raise ProblemsFound([Problem("invalid_value", path, message)]) from error
    return found if found.tzinfo else found.replace(tzinfo=WARSAW)


@router.post("/finance/incidents/{incident:path}/qualify")
def qualify(
    request: Request, service: Serving, visitor: Decider, incident: str, form: Posted
) -> Response:
    """A person decides on the priority of an incident."""

    def record(desk: IncidentDesk) -> None:
        said = {
            "priority": form["priority"],
            "by": visitor.name,
            "told": instant_of(form["told"], "told"),
            "example": form["example"] or None,
        }
        desk.qualify(incident, said, share_of(form["share"]))

    return _recorded(request, service, visitor, incident, form, record, QUALIFIED)


@router.post("/finance/incidents/{incident:path}/repair")
def repair(
    request: Request, service: Serving, visitor: Decider, incident: str, form: Posted
) -> Response:
    """A person records how an incident was repaired."""

    def record(desk: IncidentDesk) -> None:
        said = {"at": instant_of(form["at"], "at"), "how": form["how"], "by": visitor.name}
        desk.repair(incident, {**said, "consent": form["consent"]})

    return _recorded(request, service, visitor, incident, form, record, REPAIRED)


def _recorded(
    request: Request,
    service: Serving,
    visitor: Visitor,
    key: str,
    form: Posted,
    record: Callable[[IncidentDesk], None],
    said: str,
) -> Response:
    session = service.session
    try:
        record(IncidentDesk(session.decisions, session.catalog, clock()))
    except ProblemsFound as found:
        problems = shown_problems(request, visitor, found)
        return _incident_page(request, service, visitor, key, form.typed(), problems)
    return back(request, visitor, f"/finance/incidents/{quote(key)}", said)


@router.get("/finance/notes")
def notes(request: Request, service: Serving, visitor: Decider, number: PageNumber = 1) -> Response:
    """Accounting notes, the newest first, and how much of each was set off."""
    rows = service.session.decisions.rows(queries.LIST, period=None, order=None, kinds=[NOTE])
    part: Any = part_of(rows[::-1], number, "/finance/notes")
    found = list(listed(service.session, part.rows))
    return finance_page(request, visitor, "notes", part=part, notes=found)
