"""What is due and what came in: ageing, payments, those that wait for a person, files of banks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from entrypoints.bank_files import BankFile, read_bank_file
from entrypoints.bank_texts import Unreadable, read_amount
from entrypoints.cli.payments import hints
from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.web.errors import NotHere
from entrypoints.web.finance.common import (
    Booker,
    InWords,
    PageNumber,
    finance_page,
    part_of,
    shown_problems,
)
from entrypoints.web.finance.queries import PAYMENTS
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back
from entrypoints.web.visitors import Visitor
from invoices.language import marked
from invoices.payments import queries
from invoices.payments.desk import PaymentDesk
from invoices.payments.importing import PaymentImport, PaymentImportResult
from invoices.payments.reading import receivables_on
from invoices.payments.receivables import BUCKETS, overdue_days, totals
from metering.calendar import local_day
from metering.problems import Problem, ProblemsFound

router = APIRouter(route_class=InWords)

AGES = {
    "not_due": marked("not due"),
    "days_1_30": marked("1–30 days"),
    "days_31_60": marked("31–60 days"),
    "days_61_90": marked("61–90 days"),
    "over_90": marked("over 90 days"),
}
HINTS = {
    "nothing_fits": marked("no invoice number in the title, and no amount that fits the payer"),
    "unclear_number": marked("the number in the title is the end of a longer one"),
    "unknown_number": marked("there is no invoice of the number in the title"),
    "other_tax_id": marked("the payer's tax number is not that of the buyer"),
    "other_currency": marked("the invoice is in another currency"),
    "already_paid": marked("the invoice in the title is paid"),
    "overpaid": marked("more than is due"),
}
BOOKED = marked("The payment is put to the invoice.")
RELEASED = marked("What the invoice had of the payment is taken back.")
IMPORTED = marked("The payments are recorded.")


@router.get("/finance/receivables")
def receivables(
    request: Request,
    service: Serving,
    visitor: Booker,
    on: Annotated[str, Query()] = "",
    account: Annotated[str, Query()] = "",
) -> Response:
    """Who owes how much, and for how long, at the end of a day."""
    today = local_day(clock())
    day = _day(on, today)
    found = receivables_on(service.session.decisions, day, account or None)
    return finance_page(
        request,
        visitor,
        "receivables",
        found=found,
        sums=totals(found),
        day=day,
        ages=AGES,
        buckets=BUCKETS,
        account=account,
        overdue=overdue_days,
    )


def _day(text: str, today: date) -> date:
    """A day that was asked for; one to come is none."""
    try:
        day = date.fromisoformat(text) if text else today
    except ValueError as error:
        raise NotHere(422, marked("This is not a day.")) from error
    if day > today:
        raise NotHere(422, marked("This day is still to come."))
    return day


@router.get("/finance/payments")
def payments(
    request: Request,
    service: Serving,
    visitor: Booker,
    show: Annotated[str, Query()] = "unmatched",
    number: PageNumber = 1,
) -> Response:
    """Payments: those of which something waits for a person, or all."""
    return _payments(request, service, visitor, show, number)


def _payments(
    request: Request,
    service: Serving,
    visitor: Visitor,
    show: str,
    number: int = 1,
    problems: list[str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:
    decisions, unmatched = service.session.decisions, show != "all"
    ids = [row["id"] for row in decisions.rows(PAYMENTS, unmatched=unmatched)]
    part: Any = part_of(ids, number, "/finance/payments", show=show)
    rows = decisions.rows(queries.LIST_PAYMENTS, unmatched=unmatched, payments=part.rows)
    return finance_page(
        request,
        visitor,
        "payments",
        422 if problems else 200,
        part=replace(part, rows=rows[::-1]),
        hints=hints(decisions, [row for row in rows if row["left"]]),
        reasons=HINTS,
        show=show,
        problems=problems or [],
        typed=typed or {},
    )


@router.post("/finance/payments/{payment}/match")
def match(
    request: Request, service: Serving, visitor: Booker, payment: str, form: Posted
) -> Response:
    """Puts a payment, or a part of it, to an invoice, if so much is left of it as was shown."""

    def book(desk: PaymentDesk) -> None:
        amount = _amount(form["amount"]) if form["amount"] else None
        desk.match(payment, form["number"], amount, _amount(form["left"]))

    return _booked(request, service, visitor, payment, form, book, BOOKED)


@router.post("/finance/payments/{payment}/release")
def release(
    request: Request, service: Serving, visitor: Booker, payment: str, form: Posted
) -> Response:
    """Takes back what an invoice has of a payment."""

    def book(desk: PaymentDesk) -> None:
        desk.release(payment, form["number"])

    return _booked(request, service, visitor, payment, form, book, RELEASED)


def _booked(
    request: Request,
    service: Serving,
    visitor: Visitor,
    payment: str,
    form: Posted,
    book: Callable[[PaymentDesk], None],
    said: str,
) -> Response:
    show = "all" if form["show"] == "all" else "unmatched"
    try:
        book(PaymentDesk(service.session.decisions, clock()))
    except ProblemsFound as found:
        problems = shown_problems(request, visitor, found)
        typed = {**form.typed(), "payment": payment}
        return _payments(request, service, visitor, show, 1, problems, typed)
    return back(request, visitor, f"/finance/payments?show={show}", said)


def _amount(text: str) -> Decimal:
    """An amount in the currency of the payment: it names none."""
    try:
        amount, currency = read_amount(text)
    except Unreadable as error:
        raise ProblemsFound([Problem(error.code, "amount", str(error))]) from error
    if currency:
        message = "leave the currency out: it is that of the payment"
        raise ProblemsFound([Problem("invalid_value", "amount", message)])
    return amount


@dataclass(frozen=True, slots=True)
class Looked:
    """A bank's file and what an import of it would do."""

    file: BankFile
    result: PaymentImportResult

    @property
    def problems(self) -> list[Problem]:
        return [*self.file.problems, *self.result.problems]


@router.post("/finance/payments/import")
def import_file(request: Request, service: Serving, visitor: Booker, form: Posted) -> Response:
    """Shows what a bank's file would do, or records it; the same file twice changes nothing."""
    is_look = form["do"] != "record"
    try:
        looked = _import(service, form.file("file"), is_look=is_look)
    except ProblemsFound as found:
        problems = shown_problems(request, visitor, found)
        return _payments(request, service, visitor, "unmatched", 1, problems)
    if not is_look and not looked.problems:
        return back(request, visitor, "/finance/payments", IMPORTED)
    values: dict[str, Any] = {"looked": looked, "is_look": is_look, "reasons": HINTS}
    return finance_page(request, visitor, "import", **values)


def _import(service: Serving, content: bytes, *, is_look: bool) -> Looked:
    if not content:
        raise ProblemsFound([Problem("missing_field", "file", "choose a file")])
    with TemporaryDirectory() as folder:
        path = Path(folder, "bank.csv")
        path.write_bytes(content)
        read = read_bank_file(path, None)
    importing = PaymentImport(service.session.decisions, clock(), dry_run=is_look)
    for _ in importing.take(read.transfers):
        pass
    return Looked(read, importing.result)
