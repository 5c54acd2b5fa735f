"""Issued invoices: listed, shown, and given out as they were rendered.

A number such as FV/2025/000001 stands in the path as it is, its slashes included.
"""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from entrypoints import queries
from entrypoints.cli.invoices import summary
from entrypoints.cli.session import clock
from entrypoints.http.access import allowed, check_visible, visible_account
from entrypoints.http.openapi import After, InvoiceNumber, Limit, Name, OfMonth, answers
from entrypoints.http.problems import Refused
from entrypoints.http.service import Serving
from entrypoints.keys import Key
from invoices.files import stored_pdf
from invoices.finding import find_invoice
from invoices.invoice import Invoice
from metering.calendar import Period, local_day
from metering.problems import ProblemsFound

router = APIRouter(tags=["invoices"])

Reader = Annotated[Key, allowed("read_invoices")]
Language = Annotated[Literal["pl", "en"] | None, Query(description="Without it the invoice's own.")]


class InvoiceSummary(BaseModel):
    """An invoice in a list; amounts are text."""

    number: str
    kind: str
    status: str
    order: str
    account: str
    period: str
    issued_on: str
    due_on: str
    currency: str
    net: str
    vat: str
    gross: str
    owed: str
    paid: str
    open: str
    payment_status: str


class InvoiceList(BaseModel):
    """Some invoices; ``next`` is where the following ones begin, null at the end."""

    invoices: list[InvoiceSummary]
    next: str | None


@router.get(
    "/v1/invoices",
    summary="List issued invoices",
    responses={200: {"model": InvoiceList}, **answers(404)},
)
def list_invoices(
    service: Serving,
    key: Reader,
    period: OfMonth = None,
    order: Name = None,
    account: Name = None,
    after: After = None,
    limit: Limit = 100,
) -> JSONResponse:
    """Issued invoices by their numbers; a customer's key sees those of its account."""
    decisions, today = service.session.decisions, local_day(clock())
    own = visible_account(key, decisions, account)
    if order is not None:
        check_visible(key, decisions, order)
    first = Period.parse(period).first_day if period else None
    asked = {"period": first, "order": order, "account": own, "after": after or ""}
    found = decisions.rows(queries.ISSUED_INVOICES, **asked, limit=limit + 1)
    more = found[limit - 1]["number"] if len(found) > limit else None
    return JSONResponse({"invoices": [summary(row, today) for row in found[:limit]], "next": more})


# Before the document: the longer path would be taken for a number that ends in "/pdf".
@router.get(
    "/v1/invoices/{number:path}/pdf",
    summary="An invoice as PDF",
    response_class=Response,
    responses={
        200: {
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
            "description": "The document, byte for byte as it was kept.",
        },
        **answers(404),
    },
)
def get_pdf(
    service: Serving, key: Reader, number: InvoiceNumber, language: Language = None
) -> Response:
    """The PDF of an invoice as it was rendered, with its hash as ETag."""
    invoice = _visible(service, key, number)
    file = stored_pdf(service.session.decisions, invoice, language)
    if file is None:
        raise Refused(404, "not_rendered", f"no such PDF of invoice {number} was made yet")
    headers = {
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "ETag": f'"{file.sha256}"',
    }
    return Response(file.content, media_type="application/pdf", headers=headers)


@router.get(
    "/v1/invoices/{number:path}",
    summary="Show an invoice",
    responses={
        200: {"content": {"application/json": {"schema": {"type": "object"}}}},
        **answers(404),
    },
)
def show_invoice(service: Serving, key: Reader, number: InvoiceNumber) -> JSONResponse:
    """An invoice as it was issued: its lines, its sums, and how the usage behind it is covered."""
    return JSONResponse(_visible(service, key, number).document)


def _visible(service: Serving, key: Key, number: str) -> Invoice:
    """An issued invoice; another customer's does not exist."""
    unknown = Refused(404, "unknown_invoice", f"there is no invoice {number}")
    try:
        invoice = find_invoice(service.session.decisions, number)
    except ProblemsFound as found:
        raise unknown from found
    if key.account not in (None, invoice.document["account"]):
        raise unknown
    return invoice
