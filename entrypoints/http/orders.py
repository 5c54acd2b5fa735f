"""Orders and how much of each meter they have used."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from billing.orders.order import TERMS
from billing.orders.routes import not_loaded
from billing.orders.terms import AddonLine, OrderTerms, PackageLine, PackLine
from entrypoints import queries
from entrypoints.cli.session import clock
from entrypoints.http.access import allowed, check_visible, visible_account
from entrypoints.http.openapi import After, Limit, Month, Name, OrderId, answers
from entrypoints.http.service import Serving
from entrypoints.keys import Key
from invoices.statements.balances import read_balances
from metering.calendar import Period, local_day
from metering.problems import ProblemsFound

router = APIRouter(tags=["orders"])

Reader = Annotated[Key, allowed("read_orders")]
BalanceReader = Annotated[Key, allowed("read_balances")]


class Package(BaseModel):
    """A package with its licences."""

    package: str
    licences: int


class Addon(BaseModel):
    """An additional service, with its last day if it is known."""

    item: str
    quantity: int
    until: date | None


class Pack(BaseModel):
    """A quantity pack and when it was bought."""

    item: str
    quantity: int
    at: str
    recurring: bool


class OrderSummary(BaseModel):
    """An order as it stands now, or stood last: its terms in brief, without prices."""

    order: str
    account: str
    currency: str
    edition: str
    sla: str
    launch_date: date
    end_date: date | None
    packages: list[Package]
    addons: list[Addon]
    packs: list[Pack]


class OrderList(BaseModel):
    """Some orders; ``next`` is where the following ones begin, null at the end."""

    orders: list[OrderSummary]
    next: str | None


class MeterBalance(BaseModel):
    """A meter's numbers as text, null where there is no such bound.

    ``kind`` says what is done beyond allowance and packs: hard (refused), soft (charged), capped
    (charged up to a cap) or free. ``fill`` is in percent, ``held`` is what reservations keep.
    """

    meter: str
    name: dict[str, str]
    unit: str
    kind: str
    meter_kind: str
    used: str
    included: str
    from_packs: str
    overage: str
    refused: str
    allowance: str | None
    granted: str | None
    cap: str | None
    limit: str | None
    remaining: str | None
    fill: str | None
    held: str


class Balances(BaseModel):
    """How much of each meter an order has used in a month, of how much."""

    order: str
    period: str
    meters: list[MeterBalance]


class Ceilings(BaseModel):
    """So many at most, by what is counted."""

    order: str
    ceilings: dict[str, int]


@router.get(
    "/v1/orders",
    summary="List orders",
    responses={200: {"model": OrderList}, **answers(404)},
)
def list_orders(
    service: Serving, key: Reader, account: Name = None, after: After = None, limit: Limit = 100
) -> JSONResponse:
    """Orders by their ids; a customer's key sees those of its account."""
    decisions = service.session.decisions
    own = visible_account(key, decisions, account)
    asked = {"account": own, "after": after or "", "limit": limit + 1}
    found = [TERMS.validate_python(row["terms"]) for row in decisions.rows(queries.ORDERS, **asked)]
    more = found[limit - 1].id if len(found) > limit else None
    return JSONResponse({"orders": [brief(terms) for terms in found[:limit]], "next": more})


@router.get(
    "/v1/orders/{order:path}/balances",
    summary="How much is used, of how much",
    responses={200: {"model": Balances}, **answers(404, 409)},
)
def get_balances(
    service: Serving, key: BalanceReader, order: OrderId, period: Month = None
) -> JSONResponse:
    """The numbers of the order's statement, without entries and cost."""
    session, now = service.session, clock()
    check_visible(key, session.decisions, order)
    month = month_or_current(period)
    service.settler.settle(order)
    meters = read_balances(session.usage, session.catalog, order, month, now)
    return JSONResponse({"order": order, "period": str(month), "meters": meters})


@router.get(
    "/v1/orders/{order:path}/ceilings",
    summary="Numbers that the platform keeps to by itself",
    responses={200: {"model": Ceilings}, **answers(404, 409)},
)
def get_ceilings(service: Serving, key: Reader, order: OrderId) -> JSONResponse:
    """What is neither metered nor billed, such as the chats of one agent (R30, R31, R75, R77)."""
    check_visible(key, service.session.decisions, order)
    terms = service.session.decisions.terms([order])[order]
    if (problem := not_loaded(terms, service.session.catalog)) is not None:
        raise ProblemsFound([problem])
    edition = service.session.catalog.editions[terms.editions[-1].edition]
    return JSONResponse({"order": order, "ceilings": dict(edition.ceilings)})


# Last, and after whatever else begins so: it would take the rest of a path for a part of the id.
@router.get(
    "/v1/orders/{order:path}",
    summary="Show an order",
    responses={200: {"model": OrderSummary}, **answers(404)},
)
def show_order(service: Serving, key: Reader, order: OrderId) -> JSONResponse:
    """An order's terms in brief."""
    check_visible(key, service.session.decisions, order)
    return JSONResponse(brief(service.session.decisions.terms([order])[order]))


def month_or_current(period: str | None) -> Period:
    """The month that is asked for; the current one if none is."""
    return Period.parse(period) if period else Period.of(local_day(clock()))


def brief(terms: OrderTerms) -> dict[str, Any]:
    """An order's terms in brief: those that hold now, or held last."""
    return {
        "order": terms.id,
        "account": terms.account,
        "currency": terms.currency,
        "edition": terms.editions[-1].edition,
        "sla": terms.sla[-1].level,
        "launch_date": str(terms.launch_date),
        "end_date": str(terms.end_date) if terms.end_date else None,
        "packages": [_package(line) for line in _last_packages(terms)],
        "addons": [_addon(line) for line in terms.addons],
        "packs": [_pack(line) for line in terms.packs],
    }


def _last_packages(terms: OrderTerms) -> list[PackageLine]:
    return [line for line in terms.packages if line.end is None] or [terms.packages[-1]]


def _package(line: PackageLine) -> dict[str, Any]:
    return {"package": line.package, "licences": line.licences}


def _addon(line: AddonLine) -> dict[str, Any]:
    until = str(line.end) if line.end else None
    return {"item": line.item, "quantity": line.quantity, "until": until}


def _pack(line: PackLine) -> dict[str, Any]:
    at = line.at.isoformat()
    return {"item": line.item, "quantity": line.quantity, "at": at, "recurring": line.recurring}
