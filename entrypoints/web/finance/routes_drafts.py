"""A month's drafts: beside the month before, with reasons, spikes and problems; checked by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.web.access import check_order
from entrypoints.web.errors import NotHere
from entrypoints.web.finance.common import (
    PDF,
    Closer,
    InWords,
    PageNumber,
    download,
    finance_page,
    part_of,
    person,
)
from entrypoints.web.finance.issuing import totals_of
from entrypoints.web.finance.months import drafts_of, month_of, month_to_close
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back
from entrypoints.web.visitors import Visitor
from invoices.closing.drafted import MonthDraft, comparisons, keep_checks
from invoices.drafting import customers
from invoices.files import file_stem
from invoices.language import marked
from invoices.pdf.invoice_pdf import invoice_pdf
from metering.calendar import Period

router = APIRouter(route_class=InWords)

WANTED: Mapping[str, Callable[[MonthDraft], bool]] = {
    "all": lambda own: True,
    "unchecked": lambda own: own.document is not None and own.check is None,
    "spikes": lambda own: bool(own.spikes),
    "problems": lambda own: bool(own.problems),
}
"""What of the drafts a person wants to see."""
CHECKED = marked("Noted as checked.")
CHANGED = marked("A draft has changed since you saw it, and is not checked. Look at it again.")
NOTHING_CHOSEN = marked("Choose the drafts that you have checked.")


@router.get("/finance/drafts")
def this_month(visitor: Closer) -> Response:
    """Leads to the drafts of the month that is to be closed."""
    return RedirectResponse(f"/finance/months/{month_to_close(clock())}/drafts", 303)


@router.get("/finance/months/{month}/drafts")
def drafts(
    request: Request,
    service: Serving,
    visitor: Closer,
    month: str,
    show: Annotated[str, Query()] = "all",
    number: PageNumber = 1,
) -> Response:
    """The drafts of a month, those that differ most first."""
    now = clock()
    period = month_of(month, now)
    if show not in WANTED:
        raise NotHere(404, marked("There is no such list."))
    every = drafts_of(service.session, period, now)
    wanted = [own for own in every if WANTED[show](own)]
    path = f"/finance/months/{period}/drafts"
    part = part_of(sorted(wanted, key=_rank), number, path, show=show)
    return finance_page(
        request,
        visitor,
        "drafts",
        period=period,
        part=part,
        compared=comparisons(service.session.decisions, part.rows, period),
        counts={name: sum(map(holds, every)) for name, holds in WANTED.items()},
        show=show,
        totals=totals_of(own.document for own in wanted if own.document is not None),
    )


def _rank(own: MonthDraft) -> tuple[bool, bool, object, str]:
    """Problems first, then spikes, then the largest differences."""
    return not own.problems, not own.spikes, -abs(own.difference), own.order


@router.get("/finance/months/{month}/drafts/{order:path}")
def draft(request: Request, service: Serving, visitor: Closer, month: str, order: str) -> Response:
    """One draft, its lines beside those of the month before."""
    period, own = _found(service, visitor, month, order)
    compared = comparisons(service.session.decisions, [own], period)[order]
    return finance_page(request, visitor, "draft", period=period, own=own, compared=compared)


def _found(service: Serving, visitor: Visitor, month: str, order: str) -> tuple[Period, MonthDraft]:
    now = clock()
    period = month_of(month, now)
    check_order(visitor, service.session.decisions, order)
    for own in drafts_of(service.session, period, now):
        if own.order == order:
            return period, own
    (customer,) = customers(service.session.decisions, period, [order])
    if customer.status == "issued":
        raise NotHere(410, marked("The invoice is issued: it is no draft any more."))
    raise NotHere(404, marked("The order has nothing to bill in this month."))


@router.get("/finance/months/{month}/draft.pdf")
def draft_pdf(
    request: Request,
    service: Serving,
    visitor: Closer,
    month: str,
    order: Annotated[str, Query()],
) -> Response:
    """A draft as it would be printed, marked as a draft."""
    period, own = _found(service, visitor, month, order)
    if own.document is None:
        raise NotHere(404, marked("The order has nothing to bill in this month."))
    return preview_pdf(own.document, f"draft-{order}-{period}")


def preview_pdf(document: Mapping[str, object], name: str) -> Response:
    """A document without a number as a PDF, in the customer's language."""
    unnumbered = {"number": None, "status": "draft", "issued_on": None, "due_on": None}
    content = invoice_pdf({**unnumbered, **document}, str(document["language"]))
    return download(content, PDF, f"{file_stem(name)}.pdf", inline=True)


@router.post("/finance/months/{month}/check")
def check(
    request: Request, service: Serving, visitor: Closer, month: str, form: Posted
) -> Response:
    """Notes that a person has checked some drafts, as far as they are still what was shown."""
    now = clock()
    period, chosen = month_of(month, now), _chosen(form.all("draft"))
    current = {own.order: own.mark for own in drafts_of(service.session, period, now)}
    same = {order: mark for order, mark in chosen.items() if current.get(order) == mark}
    keep_checks(service.session.decisions, period, same, person(visitor), now)
    said = _said(chosen, same)
    where = f"/finance/months/{period}/drafts"
    back_to = f"{where}/{quote(form['back'])}" if form["back"] in current else where
    return back(request, visitor, back_to, said)


def _chosen(values: Iterable[str]) -> dict[str, str]:
    """Orders with the marks that were shown, written as ``mark:order``."""
    parts = (value.partition(":") for value in values)
    return {order: mark for mark, _, order in parts if mark and order}


def _said(chosen: Mapping[str, str], same: Mapping[str, str]) -> str:
    if not chosen:
        return NOTHING_CHOSEN
    return CHECKED if len(chosen) == len(same) else CHANGED
