"""Issued documents: listed, shown, and given out as they are kept.

A number such as FV/2025/000001 stands in the path as it is, its slashes included.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from billing.decisions import Decisions
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.web.access import check_account, check_order, may, visiting
from entrypoints.web.documents.asked import PageNumber, Typed, check_page, ways, wrong_month
from entrypoints.web.documents.views_invoices import (
    STANDING_CHOICES,
    document_values,
    listed_row,
)
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.pages import page
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from invoices.files import file_stem, stored_pdf
from invoices.finding import find_invoice
from invoices.invoice import Invoice
from invoices.showing.dossier import read_dossier
from invoices.showing.listing import STANDINGS, Wanted, list_documents
from invoices.structured import stored_xml
from metering.calendar import Period, local_day
from metering.problems import ProblemsFound

router = APIRouter()

Reader = Annotated[Visitor, visiting("see_invoices")]
Language = Annotated[Literal["pl", "en"] | None, Query()]
AT_ONCE = 50
UNKNOWN = marked("There is no such document.")


@router.get("/invoices")
def list_page(
    request: Request,
    service: Serving,
    visitor: Reader,
    period: Typed = "",
    order: Typed = "",
    account: Typed = "",
    standing: Typed = "",
    number: Annotated[PageNumber, Query(alias="page")] = 1,
) -> Response:
    """Issued documents, the newest first; a customer's are those of the own account."""
    decisions, today = service.session.decisions, local_day(clock())
    typed = {"period": period, "order": order, "account": account, "standing": standing}
    problems = {"period": wrong_month(period)} if period and wrong_month(period) else {}
    wanted = _wanted(visitor, decisions, typed, is_wrong=bool(problems))
    listed = list_documents(decisions, wanted, today, number, AT_ONCE)
    check_page(number, listed.pages)
    say = words(language_of(request, visitor))
    return page(
        request,
        visitor,
        "documents/list.html",
        422 if problems else 200,
        rows=[] if problems else [listed_row(row, today) for row in listed.rows],
        listed=listed,
        typed=typed,
        problems={field: say.text(own) for field, own in problems.items()},
        standings=[(value, say.text(name)) for value, name in STANDING_CHOICES],
        **ways("/invoices", typed, number, listed.pages),
    )


def _wanted(
    visitor: Visitor, decisions: Decisions, typed: dict[str, str], *, is_wrong: bool
) -> Wanted:
    """Which documents are asked for; an order or account that is not the visitor's is unknown."""
    if typed["order"]:
        check_order(visitor, decisions, typed["order"])
    if typed["account"]:
        check_account(visitor, decisions, typed["account"])
    return Wanted(
        account=visitor.account or typed["account"] or None,
        order=typed["order"] or None,
        period=Period.parse(typed["period"]) if typed["period"] and not is_wrong else None,
        standing=typed["standing"] if typed["standing"] in STANDINGS else None,
    )


# Before the document: the longer paths would be taken for numbers that end in "/pdf" and "/xml".
@router.get("/invoices/{number:path}/pdf")
def get_pdf(service: Serving, visitor: Reader, number: str, language: Language = None) -> Response:
    """The PDF of a document, byte for byte as it was kept."""
    invoice = visible_document(visitor, service.session.decisions, number)
    file = stored_pdf(service.session.decisions, invoice, language)
    if file is None:
        raise NotHere(404, marked("This PDF has not been made yet."))
    return _file(file.content, file.name, "application/pdf", file.sha256)


@router.get("/invoices/{number:path}/xml")
def get_xml(service: Serving, visitor: Reader, number: str) -> Response:
    """The structured form of a document, byte for byte as it was kept."""
    invoice = visible_document(visitor, service.session.decisions, number)
    content = stored_xml(service.session.decisions, invoice.id)
    if content is None:
        raise NotHere(404, marked("This document has no structured form."))
    name = f"{file_stem(str(invoice.document['number']))}.xml"
    kept = next(own.sha256 for own in invoice.rendered if own.kind == "xml")
    return _file(content, name, "application/xml", kept)


def _file(content: bytes, name: str, media_type: str, sha256: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": f'"{sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=media_type, headers=headers)


# Last: it would take the rest of any path for a part of the number.
@router.get("/invoices/{number:path}")
def document_page(request: Request, service: Serving, visitor: Reader, number: str) -> Response:
    """A document with its payments, corrections and files."""
    decisions, today = service.session.decisions, local_day(clock())
    invoice = visible_document(visitor, decisions, number)
    say = words(language_of(request, visitor))
    values: dict[str, Any] = document_values(read_dossier(decisions, invoice, today), say, today)
    can_correct = may(visitor, "correct")
    return page(request, visitor, "documents/document.html", can_correct=can_correct, **values)


def visible_document(visitor: Visitor, decisions: Decisions, number: str) -> Invoice:
    """An issued document by its number; another customer's is as unknown as none."""
    try:
        invoice = find_invoice(decisions, number)
    except ProblemsFound as found:
        raise NotHere(404, UNKNOWN) from found
    is_foreign = visitor.account not in (None, invoice.document["account"])
    if is_foreign or invoice.document["number"] != number:
        raise NotHere(404, UNKNOWN)
    return invoice
