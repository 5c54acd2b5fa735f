"""A customer's exports: asked for, watched, taken home."""

from __future__ import annotations

import base64
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from entrypoints.cli.session import clock
from entrypoints.http.service import Service, Serving
from entrypoints.web.access import visiting
from entrypoints.web.dataout.granted import ClosedToCustomer, Granted, RequestNeeded, granted
from entrypoints.web.dataout.live import live
from entrypoints.web.dataout.texts import told
from entrypoints.web.dataout.views import (
    Choice,
    address_of,
    formats,
    limits_said,
    oldest,
    read_choice,
    shown,
    shown_all,
)
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, page
from entrypoints.web.visitors import Visitor, cookie_name
from entrypoints.web.words import language_of, words
from invoices.billing_data.exports import Export, Wanted, ask, contents, export_of, exports_of
from invoices.billing_data.formats import WRITERS, check_export
from invoices.billing_data.published import published
from invoices.billing_data.reading import BillingData, read_billing_data
from metering.calendar import Span, local_day
from metering.problems import ProblemsFound

router = APIRouter()

Exporter = Annotated[Visitor, visiting("export")]
RequestId = Annotated[str | None, Query(max_length=64, pattern=r"^[0-9a-f]+$")]
ExportId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
NO_EXPORT = marked("There is no such export.")
GONE = marked("The file was removed. Its hash is still on record; make a new export.")
RECORD_FIRST = marked("The account is closed. Record the request of an entitled person first.")


@router.get("/orders/{order:path}/export")
def choose(
    request: Request,
    service: Serving,
    visitor: Exporter,
    order: str,
    asked: Annotated[RequestId, Query(alias="request")] = None,
) -> Response:
    """The form of an export, and the order's last ones."""
    try:
        own = granted(service, visitor, order, asked)
    except RequestNeeded as needed:
        address = f"/finance/data-requests?{urlencode({'account': needed.account})}"
        return back(request, visitor, address, RECORD_FIRST)
    except ClosedToCustomer as closed:
        return page(request, visitor, "dataout/closed.html", closed.status, law=published())
    return _form(request, service, visitor, own, Choice.proposed(local_day(clock())))


@router.post("/orders/{order:path}/export")
def start(
    request: Request,
    service: Serving,
    visitor: Exporter,
    order: str,
    form: Posted,
    asked: Annotated[RequestId, Query(alias="request")] = None,
) -> Response:
    """Asks for an export; a thread of the service makes it."""
    own = _granted(service, visitor, order, asked)
    code, now = language_of(request, visitor), clock()
    typed = (form["from"], form["to"], form["format"])
    choice, wanted = read_choice(*typed, local_day(now), code)
    if wanted is None:
        return _form(request, service, visitor, own, choice, 422)
    first, last, kind = wanted
    why = own.request.id if own.request else None
    everything = Wanted(order, own.account, Span(first, last), kind, visitor.email, why)
    try:
        check_export(_data(service, everything, now), kind)
        export = ask(service.session.decisions, everything, now)
    except ProblemsFound as found:
        most = words(code).quantity(Decimal(WRITERS[kind].most_in_all or 0))
        problems = told(found.problems, code, {"most": most})
        return _form(request, service, visitor, own, Choice(*typed, problems), 422)
    service.exporter.wake()
    return back(request, visitor, address_of(order, export))


@router.get("/orders/{order:path}/exports/{export}")
def watch(
    request: Request, service: Serving, visitor: Exporter, order: str, export: ExportId
) -> Response:
    """How far an export is, and its files."""
    own = _found(service, visitor, order, export)
    settings, code = service.settings.exports, language_of(request, visitor)
    values: dict[str, Any] = {
        "export": shown(own, code, settings.kept_days, clock()),
        "error": own.error,
        "law": published(),
        "query": f"?request={own.request}" if own.request else "",
    }
    return page(request, visitor, "dataout/export.html", **values)


@router.get("/orders/{order:path}/exports/{export}/live")
def follow(
    request: Request, service: Serving, visitor: Exporter, order: str, export: ExportId
) -> Response:
    """The progress of an export while it is made, as server-sent events."""
    _found(service, visitor, order, export)
    token = request.cookies.get(cookie_name(request), "")
    return live(service, export, language_of(request, visitor), token)


@router.get("/orders/{order:path}/exports/{export}/files/{number}")
def download(
    service: Serving,
    visitor: Exporter,
    order: str,
    export: ExportId,
    number: Annotated[int, Path(ge=1, le=1_000_000)],
) -> Response:
    """A file of an export, with its hash."""
    own = _found(service, visitor, order, export)
    file = next((one for one in own.files if one.number == number), None)
    if file is None:
        raise NotHere(404, NO_EXPORT)
    if not own.has_files(clock(), service.settings.exports.kept_days):
        raise NotHere(410, GONE)
    digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
    headers = {
        "Content-Disposition": f'attachment; filename="{own.name(number)}"',
        "Content-Length": str(file.bytes),
        "Repr-Digest": f"sha-256=:{digest}:",
    }
    parts = contents(service.session.decisions, export, number)
    return StreamingResponse(parts, media_type=WRITERS[own.form].media, headers=headers)


def _data(service: Service, wanted: Wanted, now: datetime) -> BillingData:
    """What an export would hold; its entries are not read."""
    session = service.session
    stores = (session.decisions, session.usage, session.catalog)
    return read_billing_data(*stores, wanted.order, wanted.span, now)


def _granted(service: Serving, visitor: Visitor, order: str, asked: str | None) -> Granted:
    try:
        return granted(service, visitor, order, asked)
    except RequestNeeded as needed:
        raise NotHere(403, RECORD_FIRST) from needed


def _found(service: Serving, visitor: Visitor, order: str, export: str) -> Export:
    """An export of an order that the visitor may have; one of another order does not exist."""
    own = export_of(service.session.decisions, export)
    if own is None or own.order != order:
        raise NotHere(404, NO_EXPORT)
    _granted(service, visitor, order, own.request)
    return own


def _form(
    request: Request,
    service: Serving,
    visitor: Visitor,
    own: Granted,
    choice: Choice,
    status: int = 200,
) -> Response:
    settings, code, now = service.settings.exports, language_of(request, visitor), clock()
    found = exports_of(service.session.decisions, own.order)
    today = local_day(now)
    values: dict[str, Any] = {
        "order": own.order,
        "granted": own,
        "choice": choice,
        "formats": formats(code),
        "exports": shown_all(found, code, settings.kept_days, now),
        "limits": limits_said(today, code),
        "oldest": oldest(today),
        "today": today,
        "settings": settings,
        "law": published(),
    }
    return page(request, visitor, "dataout/choose.html", status, **values)
