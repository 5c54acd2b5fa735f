"""Marks of an order's meters, and who is told when usage reaches them."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from entrypoints.cli.session import clock
from entrypoints.http.openapi import OrderId
from entrypoints.http.service import Service, Serving
from entrypoints.web.access import check_order, visiting
from entrypoints.web.documents.asked import this_month
from entrypoints.web.documents.views_notices import (
    KINDS,
    marks_of,
    meter_marks,
    reached_lately,
    sent_lately,
    users_addresses,
)
from entrypoints.web.errors import marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, page
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from invoices.notices.addresses import add_address, remove_address, told_of
from invoices.notices.mark_settings import MarkSettings, set_marks
from invoices.statements.balances import read_balances
from metering.calendar import Period
from metering.problems import ProblemsFound

router = APIRouter()

Setter = Annotated[Visitor, visiting("set_notices")]
Problems = dict[str, str]
ALREADY = marked("This address is told already.")
NOT_A_USER = marked("Choose the address of a user of this account.")


@router.get("/orders/{order:path}/notices")
def notices_page(request: Request, service: Serving, visitor: Setter, order: OrderId) -> Response:
    """Marks, addresses, and what was sent lately."""
    check_order(visitor, service.session.decisions, order)
    return _shown(request, service, visitor, order)


@router.post("/orders/{order:path}/notices/marks")
def change_marks(
    request: Request, service: Serving, visitor: Setter, order: OrderId, form: Posted
) -> Response:
    """Sets the marks of a meter; none of them, or those of the catalog again."""
    session = service.session
    check_order(visitor, session.decisions, order)
    is_default = form["action"] == "default"
    marks, problem = ([], "") if is_default else marks_of(form["marks"])
    if problem:
        typed = {form["meter"]: form["marks"]}
        return _shown(request, service, visitor, order, {form["meter"]: problem}, typed)
    chosen = None if is_default else marks
    set_marks(session.decisions, session.catalog, order, form["meter"], chosen, clock())
    return _back(request, visitor, order, marked("The marks are set."))


@router.post("/orders/{order:path}/notices/addresses")
def change_addresses(
    request: Request, service: Serving, visitor: Setter, order: OrderId, form: Posted
) -> Response:
    """Lets an address be told of marks."""
    decisions = service.session.decisions
    check_order(visitor, decisions, order)
    users = users_addresses(decisions, decisions.order(order).terms.account)
    try:
        add_address(decisions, order, form["address"], users, clock())
    except ProblemsFound as found:
        is_known = found.problems[0].code == "told_already"
        sentence = ALREADY if is_known else NOT_A_USER
        return _shown(request, service, visitor, order, {"address": sentence})
    return _back(request, visitor, order, marked("The address is told of marks from now on."))


@router.post("/orders/{order:path}/notices/addresses/remove")
def drop_address(
    request: Request, service: Serving, visitor: Setter, order: OrderId, form: Posted
) -> Response:
    """Tells an address no more."""
    decisions = service.session.decisions
    check_order(visitor, decisions, order)
    remove_address(decisions, order, form["endpoint"], clock())
    return _back(request, visitor, order, marked("The address is told no more."))


def _back(request: Request, visitor: Visitor, order: OrderId, said: str) -> Response:
    return back(request, visitor, f"/orders/{quote(order)}/notices", said)


def _shown(
    request: Request,
    service: Service,
    visitor: Visitor,
    order: OrderId,
    problems: Problems | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    session = service.session
    decisions, terms = session.decisions, session.decisions.order(order).terms
    last = Period.of(terms.end_date) if terms.end_date else this_month()
    month = max(min(last, this_month()), Period.of(terms.launch_date))
    service.settler.settle(order)
    balances = read_balances(session.usage, session.catalog, order, month, clock())
    settings = MarkSettings(decisions, session.catalog, [order])
    names = {own["meter"]: own["name"] for own in balances}
    say = words(language_of(request, visitor))

    def name_of(meter: str) -> str:
        return say.name(names[meter]) if meter in names else meter

    values: dict[str, Any] = {
        "order": order,
        "month": month,
        "meters": meter_marks(settings, order, balances),
        "default": session.catalog.marks,
        "told": told_of(decisions, order),
        "addresses": users_addresses(decisions, terms.account),
        "reached": reached_lately(decisions, order),
        "sent": list(sent_lately(decisions, order, say, name_of)),
        "name_of": name_of,
        "moment": lambda at: ", ".join(say.short_instant(at)),
        "kinds": KINDS,
        "problems": {field: say.text(own) for field, own in (problems or {}).items()},
        "typed": typed or {},
    }
    return page(request, visitor, "documents/notices.html", 422 if problems else 200, **values)
