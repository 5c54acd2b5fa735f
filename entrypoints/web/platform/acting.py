"""What people do by hand: give a reservation back, send a delivery again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.watching.acts import By, kept_act
from entrypoints.web.access import visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back
from entrypoints.web.visitors import Visitor
from invoices.notices.endpoints import send_again
from metering.asks import Refused, Release
from metering.problems import ProblemsFound

router = APIRouter()
Actor = Annotated[Visitor, visiting("retry")]
TOO_LONG_FOR_A_NUMBER = 19


def by(visitor: Visitor) -> By:
    """Who does something, now."""
    return By(visitor.user, visitor.name, clock())


@router.post("/platform/reservations/release")
def release(request: Request, service: Serving, visitor: Actor, form: Posted) -> Response:
    """Gives back what a reservation has left. Whoever holds it hears of it at the next renewal."""
    own = service.limits.reservation(form["reservation"])
    if own is None:
        raise NotHere(404, marked("There is no such reservation."))
    answer = service.desk.ask(Release(own.order, own.id))
    outcome = "over" if own.ended_at or isinstance(answer, Refused) else "done"
    act = kept_act(by(visitor), "release", f"{own.order}: {own.id}", outcome)
    service.session.decisions.run(act)
    said = marked("The reservation is released.")
    if outcome == "over":
        said = marked("The reservation was over already.")
    return back(request, visitor, "/platform/reservations", said)


@router.post("/platform/deliveries/again")
def deliver(request: Request, service: Serving, visitor: Actor, form: Posted) -> Response:
    """Makes a delivery due again; the scheduler sends it."""
    delivery, decisions = form["delivery"], service.session.decisions
    if not (delivery.isascii() and delivery.isdecimal() and len(delivery) < TOO_LONG_FOR_A_NUMBER):
        raise NotHere(404, marked("There is no such delivery."))
    try:
        send_again(decisions, delivery, clock())
    except ProblemsFound as found:
        sentence = marked("This delivery cannot be sent: its endpoint is not active.")
        raise NotHere(404, sentence) from found
    decisions.run(kept_act(by(visitor), "redelivery", delivery, "done"))
    said = marked("The delivery is due again and goes out with the next round.")
    return back(request, visitor, "/platform/deliveries", said)
