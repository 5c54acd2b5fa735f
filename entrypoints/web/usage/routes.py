"""The pages of usage: account, order, meter, day, and one line of an invoice."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from entrypoints.http.openapi import InvoiceNumber, Named, OfMonth, OrderId
from entrypoints.http.service import Serving
from entrypoints.web.access import check_account, check_order, visiting
from entrypoints.web.pages import page
from entrypoints.web.usage.accounts import read_account
from entrypoints.web.usage.lines import issued, line_view
from entrypoints.web.usage.meters import day_view, gauged_of, meter_view
from entrypoints.web.usage.overview import most_full, overview, own_packs, packages
from entrypoints.web.usage.reading import read_seen
from entrypoints.web.usage.telling import tools
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from invoices.language import Language
from metering.calendar import Period

lines = APIRouter()
"""A line's address begins like that of its invoice: this router stands before that of invoices."""

router = APIRouter()
"""Ids of orders and accounts may have slashes in them, so their pages take whatever is left: this
router stands after all others."""

Reader = Annotated[Visitor, visiting("see_usage")]
MeterKey = Annotated[str, Named]
AccountId = Annotated[str, Named]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=1_000_000)]
Place = Annotated[int, Path(ge=1, le=100_000)]


def shown(request: Request, visitor: Visitor, template: str, **values: Any) -> Response:
    """A page of usage; its templates tell instants and months that come as text."""
    say = said_in(request, visitor)
    return page(request, visitor, template, **tools(say), **values)


def month(text: str | None) -> Period | None:
    """The month that is asked for."""
    return Period.parse(text) if text else None


def said_in(request: Request, visitor: Visitor) -> Language:
    """The language of a visitor's page."""
    return words(language_of(request, visitor))


@lines.get("/invoices/{number:path}/lines/{place}")
def invoice_line(
    request: Request, service: Serving, visitor: Reader, number: InvoiceNumber, place: Place
) -> Response:
    """What a line of an invoice or a correction rests on."""
    invoice = issued(service.session, number, visitor.account)
    own = line_view(service.session, invoice, place, said_in(request, visitor))
    return shown(request, visitor, "usage/line.html", own=own)


@router.get("/orders/{order:path}/meters/{meter}/days/{day}")
def entries_of_day(
    request: Request,
    service: Serving,
    visitor: Reader,
    order: OrderId,
    meter: MeterKey,
    day: date,
    number: PageNumber = 1,
) -> Response:
    """The single entries of a meter on a day."""
    check_order(visitor, service.session.decisions, order)
    seen = read_seen(service.session, order, Period.of(day))
    whole = overview(seen, said_in(request, visitor))
    row = gauged_of(whole, meter).row
    view = day_view(service.session, seen, meter, day, number)
    return shown(request, visitor, "usage/day.html", whole=whole, row=row, view=view)


@router.get("/orders/{order:path}/meters/{meter}")
def meter_of_order(
    request: Request,
    service: Serving,
    visitor: Reader,
    order: OrderId,
    meter: MeterKey,
    period: OfMonth = None,
) -> Response:
    """A meter's month: its days, and how its units are covered."""
    check_order(visitor, service.session.decisions, order)
    whole = overview(read_seen(service.session, order, month(period)), said_in(request, visitor))
    own = meter_view(service.session, whole, meter, said_in(request, visitor))
    packs = own_packs(whole, meter)
    return shown(request, visitor, "usage/meter.html", whole=whole, own=own, packs=packs)


@router.get("/orders/{order:path}")
def order_overview(
    request: Request, service: Serving, visitor: Reader, order: OrderId, period: OfMonth = None
) -> Response:
    """What an order's month costs so far and will cost, and how full its limits are."""
    check_order(visitor, service.session.decisions, order)
    say = said_in(request, visitor)
    own = overview(read_seen(service.session, order, month(period)), say)
    months = [(str(one), say.month(one)) for one in own.seen.months]
    values = {"nearest": most_full(own.gauges), "packages": packages(own, say)}
    return shown(request, visitor, "usage/order.html", own=own, months=months, **values)


@router.get("/accounts/{account:path}")
def account_overview(
    request: Request, service: Serving, visitor: Reader, account: AccountId
) -> Response:
    """An account's orders, what they cost, and what needs attention."""
    check_account(visitor, service.session.decisions, account)
    own = read_account(service.session, account, said_in(request, visitor))
    return shown(request, visitor, "usage/account.html", own=own)
