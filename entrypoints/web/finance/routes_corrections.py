"""A correction of an invoice: looked at first, issued by a second step if it is still the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from entrypoints.cli.correct import LONGEST_REASON
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.web.finance.common import (
    Corrector,
    InWords,
    finance_page,
    person,
    shown_problems,
)
from entrypoints.web.finance.routes_drafts import preview_pdf
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back
from entrypoints.web.visitors import Visitor
from invoices.closing.fingerprints import fingerprint
from invoices.corrections.causes import CAUSES
from invoices.corrections.desk import EFFECTS, FORMS, CorrectionDesk
from invoices.corrections.desk import Request as Asked
from invoices.finding import find_invoice
from invoices.invoice import Invoice
from invoices.language import marked
from invoices.printable import is_unprintable
from metering.problems import Problem, ProblemsFound

router = APIRouter(route_class=InWords)

CAUSE_NAMES = {
    "usage": marked("usage: it came late or was amended"),
    "price": marked("price: the order's prices are others now"),
    "buyer": marked("buyer: name or address are others now"),
    "credit": marked("credit: an ended order is owed one"),
    "annulment": marked("annulment: to zero, another invoice takes its place"),
}
EFFECT_NAMES = {
    "1": marked("with the original"),
    "2": marked("with the correction"),
    "3": marked("on another day"),
}
FORM_NAMES = {
    "differences": marked("by differences"),
    "before_after": marked("lines before and after"),
}
ISSUED = marked("The correction is issued.")


@dataclass(frozen=True, slots=True)
class Preview:
    """A correction as it would be issued, with the mark of its content."""

    document: Mapping[str, Any]
    mark: str

    @property
    def rows(self) -> list[tuple[Mapping[str, Any], Any, Any, Decimal]]:
        """Each corrected line before, after, and the difference of its net amount."""
        before, after = self.document["lines_before"], self.document["lines_after"]
        return [_row(line, before, after) for line in self.document["lines"]]


def _row(
    line: Mapping[str, Any], before: list[Mapping[str, Any]], after: list[Mapping[str, Any]]
) -> tuple[Mapping[str, Any], Any, Any, Decimal]:
    def of(lines: list[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        same = ("kind", "item", "unit_price", "vat_rate", "days")
        return next((own for own in lines if all(own[k] == line[k] for k in same)), None)

    return line, of(before), of(after), Decimal(line["net"])


def asked_for(fields: Mapping[str, str]) -> Asked:
    """What a form or an address asks for; raises ProblemsFound."""
    asked = Asked(
        fields.get("cause") or "usage",
        fields.get("reason", "").strip() or None,
        fields.get("effect") or "1",
        fields.get("form") or "differences",
    )
    given = ((asked.cause, CAUSES), (asked.effect, EFFECTS), (asked.form, FORMS))
    wrong = [Problem("invalid_value", "cause", own) for own, known in given if own not in known]
    if asked.reason and not _is_statable(asked.reason):
        message = "the reason is too long, or has characters that cannot be printed"
        wrong.append(Problem("invalid_value", "reason", message))
    if wrong:
        raise ProblemsFound(wrong)
    return asked


def _is_statable(reason: str) -> bool:
    """Whether a structured invoice can state a reason: no file of XML holds control characters."""
    return len(reason) <= LONGEST_REASON and not any(map(is_unprintable, reason))


def _desk(service: Serving, visitor: Visitor) -> CorrectionDesk:
    own = service.session
    return CorrectionDesk(own.decisions, own.usage, own.catalog, clock(), person(visitor))


@router.get("/finance/invoices/{number:path}/correct")
def look(request: Request, service: Serving, visitor: Corrector, number: str) -> Response:
    """The form of a correction; with a cause, what it would be."""
    invoice = find_invoice(service.session.decisions, number)
    fields = dict(request.query_params)
    if "cause" not in fields:
        return _form(request, visitor, invoice, fields)
    try:
        document = _desk(service, visitor).draft(invoice, asked_for(fields))
    except ProblemsFound as found:
        problems = shown_problems(request, visitor, found)
        return _form(request, visitor, invoice, fields, problems=problems)
    return _form(request, visitor, invoice, fields, Preview(document, fingerprint(document)))


def _form(
    request: Request,
    visitor: Visitor,
    invoice: Invoice,
    fields: Mapping[str, str],
    preview: Preview | None = None,
    problems: list[str] | None = None,
) -> Response:
    asked = {"cause": "", "reason": "", "effect": "1", "form": "differences", **fields}
    return finance_page(
        request,
        visitor,
        "correct",
        422 if problems else 200,
        invoice=invoice.document,
        asked=asked,
        preview=preview,
        problems=problems or [],
        causes=CAUSE_NAMES,
        effects=EFFECT_NAMES,
        forms=FORM_NAMES,
        longest=LONGEST_REASON,
    )


@router.get("/finance/invoices/{number:path}/correction.pdf")
def look_at_pdf(
    request: Request,
    service: Serving,
    visitor: Corrector,
    number: str,
    cause: Annotated[str, Query()] = "usage",
) -> Response:
    """A correction as it would be printed, marked as a draft."""
    invoice = find_invoice(service.session.decisions, number)
    document = _desk(service, visitor).draft(invoice, asked_for(dict(request.query_params)))
    return preview_pdf(document, f"draft-{number}-{cause}")


@router.post("/finance/invoices/{number:path}/correct")
def issue(
    request: Request, service: Serving, visitor: Corrector, number: str, form: Posted
) -> Response:
    """Issues the correction that was shown; another one is not issued, and shown again."""
    invoice = find_invoice(service.session.decisions, number)
    fields = form.typed()
    try:
        issued = _desk(service, visitor).issue(invoice, asked_for(fields), fields.get("mark", ""))
    except ProblemsFound as found:
        problems = shown_problems(request, visitor, found)
        return _form(request, visitor, invoice, fields, problems=problems)
    return back(request, visitor, f"/invoices/{issued.document['number']}", ISSUED)
