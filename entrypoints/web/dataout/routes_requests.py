"""Requests for data of closed accounts, as finance records and answers them (R125, R126)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from billing.decisions import Decisions
from billing.orders.order import TERMS
from entrypoints.cli.session import clock
from entrypoints.http.openapi import NAME
from entrypoints.http.service import Serving
from entrypoints.web.access import visiting
from entrypoints.web.dataout.granted import NO_REQUEST
from entrypoints.web.dataout.texts import CAPACITIES, told
from entrypoints.web.dataout.views import shown_all
from entrypoints.web.errors import SENTENCES, NotHere
from entrypoints.web.forms import Form, Posted
from entrypoints.web.pages import back, page
from entrypoints.web.visitors import Visitor
from entrypoints.web.words import language_of, words
from invoices.billing_data import queries
from invoices.billing_data.exports import exports_under
from invoices.billing_data.published import published
from invoices.billing_data.reading import account_closed_on
from invoices.billing_data.requests import MOST_SHOWN, record_request, requests
from invoices.language import marked
from metering.calendar import local_day
from metering.problems import Problem, ProblemsFound

router = APIRouter()

Clerk = Annotated[Visitor, visiting("export_on_request")]
AccountId = Annotated[str | None, Query(max_length=256, pattern=NAME)]
FIELDS = ("account", "person", "capacity", "asked_on", "checked", "fee", "currency", "fee_reason")
RECORDED = marked("The request is on record. Choose what is exported.")


@router.get("/finance/data-requests")
def list_requests(
    request: Request,
    service: Serving,
    visitor: Clerk,
    account: AccountId = None,
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """The requests so far, and the form of a new one."""
    typed = {"account": account or "", "asked_on": str(local_day(clock())), "currency": "PLN"}
    return _shown(request, service, visitor, typed, number=number)


@router.post("/finance/data-requests")
def record(request: Request, service: Serving, visitor: Clerk, form: Posted) -> Response:
    """Records a request; what is exported is chosen next."""
    decisions, now, law = service.session.decisions, clock(), published()
    today, account = local_day(now), form["account"]
    closed = account_closed_on(decisions, account, today)
    try:
        made = record_request(decisions, _given(form), closed, visitor.email, now, today, law)
    except ProblemsFound as found:
        code = language_of(request, visitor)
        values = {"today": words(code).day(today)}
        problems = told([*found.problems, *_unknown(decisions, account)], code, values)
        return _shown(request, service, visitor, form.typed(), problems, 422)
    return back(request, visitor, f"/finance/data-requests/{made.id}", RECORDED)


@router.get("/finance/data-requests/{asked}")
def show_request(
    request: Request,
    service: Serving,
    visitor: Clerk,
    asked: Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")],
) -> Response:
    """A request, the orders that it is for, and what was exported under it."""
    decisions, code = service.session.decisions, language_of(request, visitor)
    found = requests(decisions, id=asked)
    if not found:
        raise NotHere(404, NO_REQUEST)
    own, kept_days = found[0], service.settings.exports.kept_days
    rows = decisions.rows(queries.TERMS_OF_ACCOUNT, own.account)
    values: dict[str, Any] = {
        "asked": own,
        "capacity": words(code).text(CAPACITIES[own.capacity]),
        "recorded_at": words(code).instant(own.recorded_at),
        "orders": [TERMS.validate_python(row["terms"]) for row in rows],
        "exports": shown_all(exports_under(decisions, asked), code, kept_days, clock()),
        "law": published(),
    }
    return page(request, visitor, "dataout/request.html", **values)


def _unknown(decisions: Decisions, account: str) -> Iterator[Problem]:
    """The problem of an account that there is not; one that there is may not be closed."""
    if account and not decisions.rows(queries.TERMS_OF_ACCOUNT, account):
        yield Problem("unknown_account", "account", f"there is no account {account}")


def _given(form: Form) -> Mapping[str, Any]:
    """What was typed, without what was left empty; a decimal comma is a point."""
    given = {name: form[name] for name in FIELDS if form[name]}
    if "fee" in given:
        given["fee"] = given["fee"].replace(",", ".").replace("\N{NO-BREAK SPACE}", "")
    return given


def _shown(
    request: Request,
    service: Serving,
    visitor: Visitor,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
    status: int = 200,
    number: int = 1,
) -> Response:
    decisions, code = service.session.decisions, language_of(request, visitor)
    today = local_day(clock())
    found = requests(decisions, skipped=(number - 1) * MOST_SHOWN)
    if not found and number > 1:
        raise NotHere(404, SENTENCES[404])
    say, law = words(code), published()
    values: dict[str, Any] = {
        "typed": {name: typed.get(name, "") for name in FIELDS},
        "problems": problems or {},
        "requests": found,
        "closed": decisions.rows(queries.CLOSED_ACCOUNTS, today=today),
        "capacities": [(own.value, say.text(text)) for own, text in CAPACITIES.items()],
        "capacity_names": {own: say.text(text) for own, text in CAPACITIES.items()},
        "fees": law.charges_allowed(today),
        "law": law,
        "today": today,
        "before": f"/finance/data-requests?page={number - 1}" if number > 1 else "",
        "after": f"/finance/data-requests?page={number + 1}" if len(found) == MOST_SHOWN else "",
    }
    return page(request, visitor, "dataout/requests.html", status, **values)
