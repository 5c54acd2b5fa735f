"""Offers: issued from a model, shown, printed, shared by a link that opens without signing in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from billing.decisions import Decisions
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.sales.offers import Issue, Offer, find_offer, issue_offer
from entrypoints.sales.planning import order_of
from entrypoints.sales.shares import MOST_DAYS, end_share, share_offer, shared_offer, shares_of
from entrypoints.web.access import may
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, page
from entrypoints.web.sales.routes import (
    Maker,
    Reader,
    find_model,
    language,
    model_page,
    number,
    plan_of,
)
from entrypoints.web.visitors import Visitor
from invoices.offers.document import offer_document
from metering.calendar import Period, local_day

router = APIRouter()

NO_OFFER = marked("There is no such offer.")
NO_LINK = marked("This link opens nothing, or nothing any more. Ask for a new one.")
ISSUED = marked("The offer was issued.")
ENDED = marked("The link was ended.")
MOST_VALID_DAYS = 365
WRONG_DAY = marked("Choose a day from today to a year from now.")
WRONG_DAYS = marked("Give 1 to 90 days.")
PDF = "application/pdf"


@router.post("/sales/models/{model_id}/offers")
def issue(
    request: Request, service: Serving, visitor: Maker, model_id: str, form: Posted
) -> Response:
    """Issues an offer of one of the plans: from then on it stays as it is."""
    model, asked = find_model(service, model_id, number(form["version"]))
    mix, now = plan_of(asked, form["plan"]), clock()
    valid_until = _day(form["valid_until"])
    today = local_day(now)
    if valid_until is None or not today <= valid_until <= today + timedelta(days=MOST_VALID_DAYS):
        return model_page(request, service, visitor, (model, asked), form["valid_until"], WRONG_DAY)
    basis = asked.basis(mix.plan.edition)
    spoken = "en" if form["language"] == "en" else "pl"
    document = offer_document(asked.prospect, mix.priced, order_of(asked, mix), basis, spoken)
    wanted = Issue(model, document, valid_until, visitor.name)
    offer = issue_offer(service.session.decisions, wanted, basis.own_edition.seller, now)
    return back(request, visitor, f"/sales/offers/{offer.id}", ISSUED)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@router.get("/sales/offers/{offer_id}")
def show_offer(request: Request, service: Serving, visitor: Reader, offer_id: str) -> Response:
    """An offer as it was issued, with the links that share it."""
    return _offer_page(request, service.session.decisions, visitor, offer_id)


def _offer_page(
    request: Request,
    decisions: Decisions,
    visitor: Visitor,
    offer_id: str,
    status: int = 200,
    link: str = "",
    problem: str = "",
    days: str = "30",
) -> Response:
    offer, _ = _found(decisions, offer_id)
    shares = [own for own in shares_of(decisions, offer.model) if own.offer == offer.id]
    return page(
        request,
        visitor,
        "sales/offer.html",
        status,
        **_shown(request, visitor, offer),
        offer=offer,
        shares=shares,
        now=clock(),
        link=link,
        problem=problem,
        days=days,
        may_make=may(visitor, "model"),
    )


def _found(decisions: Decisions, offer_id: str) -> tuple[Offer, bytes]:
    found = find_offer(decisions, offer_id)
    if found is None:
        raise NotHere(404, NO_OFFER)
    return found


def _shown(request: Request, visitor: Visitor | None, offer: Offer) -> dict[str, Any]:
    say, document = language(request, visitor), offer.document
    months = [(say.month(Period.parse(own["period"])), own) for own in document["months"]]
    first = say.month(Period.parse(document["period"]))
    return {"document": document, "months": months, "first_month": first}


@router.get("/sales/offers/{offer_id}/pdf")
def offer_file(service: Serving, visitor: Reader, offer_id: str) -> Response:
    """The PDF as it was issued, byte for byte."""
    return _file(*_found(service.session.decisions, offer_id))


def _file(offer: Offer, content: bytes) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{offer.file_name}"'}
    return Response(content, media_type=PDF, headers=headers)


@router.post("/sales/offers/{offer_id}/shares")
def share(
    request: Request, service: Serving, visitor: Maker, offer_id: str, form: Posted
) -> Response:
    """Makes a link to an offer; it is shown this once."""
    decisions = service.session.decisions
    _found(decisions, offer_id)
    days = form["days"]
    if not 1 <= (number(days) or 0) <= MOST_DAYS:
        say = language(request, visitor)
        problem = say.text(WRONG_DAYS)
        return _offer_page(request, decisions, visitor, offer_id, 422, "", problem, days)
    token = share_offer(decisions, offer_id, int(days), visitor.name, clock())
    address = service.settings.http.public_url or str(request.base_url).rstrip("/")
    link = f"{address}/shared/{token}"
    return _offer_page(request, decisions, visitor, offer_id, 200, link)


@router.post("/sales/shares/{share_id}/end")
def stop_sharing(
    request: Request, service: Serving, visitor: Maker, share_id: str, form: Posted
) -> Response:
    """Ends a link for good."""
    offer = end_share(service.session.decisions, share_id, clock())
    if offer is None:
        raise NotHere(404, NO_LINK)
    return back(request, visitor, f"/sales/offers/{offer}", ENDED)


@router.get("/shared/{token}")
def shared_page(request: Request, service: Serving, token: str) -> Response:
    """An offer for whoever has the link, and nothing else."""
    offer, _ = _opened(service.session.decisions, token)
    shown = _shown(request, None, offer)
    return page(request, None, "sales/shared.html", offer=offer, secret=token, **shown)


@router.get("/shared/{token}/pdf")
def shared_file(service: Serving, token: str) -> Response:
    """The shared offer's PDF."""
    return _file(*_opened(service.session.decisions, token))


def _opened(decisions: Decisions, token: str) -> tuple[Offer, bytes]:
    offer = shared_offer(decisions, token, clock())
    if offer is None:
        raise NotHere(404, NO_LINK)
    return _found(decisions, offer)
