"""An order's service level by months: availability, incidents, claims; reports of incidents."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from billing.orders.terms import OrderTerms
from billing.sla.levels import level_on
from billing.sla.recorded.claim_desk import ClaimDesk
from billing.sla.recorded.incident_desk import IncidentDesk
from entrypoints.cli.session import Session, clock
from entrypoints.http.openapi import OrderId
from entrypoints.http.service import Serving
from entrypoints.web.access import check_order, may, visiting
from entrypoints.web.documents.asked import Typed, month_in_service, neighbours
from entrypoints.web.documents.reports import report_key, report_of, required
from entrypoints.web.documents.views_claims import claim_view
from entrypoints.web.documents.views_service import lasting, late_units, service_month
from entrypoints.web.errors import NOT_POSSIBLE, marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, page
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from metering.calendar import Period, local_day
from metering.problems import ProblemsFound

router = APIRouter()

Reader = Annotated[Visitor, visiting("see_service")]
Claimant = Annotated[Visitor, visiting("claim")]
REFUSALS = {"duplicate_claim": marked("A claim for this month is filed already.")}
"""Why a claim is not filed, by the code of the problem."""


@router.get("/orders/{order:path}/service")
def service_page(
    request: Request, service: Serving, visitor: Reader, order: OrderId, period: Typed = ""
) -> Response:
    """What an order's service level came to in a month."""
    terms = _terms(visitor, service.session, order)
    return _shown(request, service.session, visitor, terms, month_in_service(period, terms))


@router.post("/orders/{order:path}/claims")
def file_claim(
    request: Request, service: Serving, visitor: Claimant, order: OrderId, form: Posted
) -> Response:
    """The customer claims a credit for a month; a person decides on it (R94, R151)."""
    session, now = service.session, clock()
    terms = _terms(visitor, session, order)
    period = month_in_service(form["period"], terms)
    desk = ClaimDesk(session.decisions, session.catalog, now)
    try:
        desk.file(order, period, local_day(now), visitor.name)
    except ProblemsFound as found:
        say = words(language_of(request, visitor))
        told = [say.text(REFUSALS.get(own.code, NOT_POSSIBLE)) for own in found.problems]
        return _shown(request, session, visitor, terms, period, told)
    said = marked("The claim is filed. A person decides on it.")
    return back(request, visitor, f"/orders/{quote(order)}/service?period={period}", said)


@router.get("/orders/{order:path}/incidents/new")
def report_page(request: Request, service: Serving, visitor: Claimant, order: OrderId) -> Response:
    """The form to report an incident."""
    terms = _terms(visitor, service.session, order)
    return _report_form(request, service.session, visitor, terms, {"reporter": visitor.name}, {})


@router.post("/orders/{order:path}/incidents/new")
def report_incident(
    request: Request, service: Serving, visitor: Claimant, order: OrderId, form: Posted
) -> Response:
    """The customer reports an incident, now."""
    session, now = service.session, clock()
    terms = _terms(visitor, session, order)
    said, problems = report_of(form, session.catalog.sla_levels[_level(terms)], now)
    if problems:
        return _report_form(request, session, visitor, terms, form.typed(), problems)
    IncidentDesk(session.decisions, session.catalog, now).report(report_key(now), [order], said)
    told = marked("The incident is reported. We tell you its priority as soon as we know it.")
    return back(request, visitor, f"/orders/{quote(order)}/service", told)


def _terms(visitor: Visitor, session: Session, order: OrderId) -> OrderTerms:
    """The terms of an order that the visitor may see."""
    check_order(visitor, session.decisions, order)
    return session.decisions.terms([order])[order]


def _level(terms: OrderTerms) -> str:
    return level_on(terms, local_day(clock()))


def _shown(
    request: Request,
    session: Session,
    visitor: Visitor,
    terms: OrderTerms,
    period: Period,
    problems: list[str] | None = None,
) -> Response:
    """The page of a month; with the problems of a claim that could not be filed."""
    decisions, catalog, now = session.decisions, session.catalog, clock()
    say, desk = words(language_of(request, visitor)), ClaimDesk(decisions, catalog, now)
    month = service_month(decisions, catalog, terms, period, now, visitor.account)
    days, today = catalog.sla_rules.claim_days, local_day(now)
    before, after = neighbours(period, terms)
    values: dict[str, Any] = {
        "month": month,
        "claim": claim_view(decisions, desk, month, days, today),
        "is_running": now < period.end,
        "moment": lambda at: ", ".join(say.short_instant(at)),
        "lasting": lambda time: lasting(time, say),
        "late_units": lambda own: late_units(own, month.level, say),
        "before": before,
        "after": after,
        "can_claim": may(visitor, "claim"),
        "problems": problems or [],
    }
    return page(request, visitor, "documents/service.html", 422 if problems else 200, **values)


def _report_form(
    request: Request,
    session: Session,
    visitor: Visitor,
    terms: OrderTerms,
    typed: dict[str, str],
    problems: dict[str, str],
) -> Response:
    level, say = session.catalog.sla_levels[_level(terms)], words(language_of(request, visitor))
    return page(
        request,
        visitor,
        "documents/report.html",
        422 if problems else 200,
        order=terms.id,
        level=level,
        typed=typed,
        problems={field: say.text(own) for field, own in problems.items()},
        required=required(level),
        labels=session.catalog.incidents.report_fields,
    )
