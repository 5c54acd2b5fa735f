"""The month as a board, and its end: started by a person's word, followed by everybody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from billing.decisions import Decisions
from entrypoints.cli.closing import read_report
from entrypoints.cli.session import Session, clock
from entrypoints.http.service import Serving
from entrypoints.month_end import is_running, start
from entrypoints.web.access import still_may
from entrypoints.web.errors import NotHere
from entrypoints.web.finance import words
from entrypoints.web.finance.columns import DOCUMENTS, PAYMENTS
from entrypoints.web.finance.common import (
    CSV,
    PDF,
    Closer,
    InWords,
    PageNumber,
    download,
    finance_page,
    language,
    part_of,
    person,
)
from entrypoints.web.finance.issuing import Shown, read_shown
from entrypoints.web.finance.months import month_of, month_to_close, read_board
from entrypoints.web.forms import Posted
from entrypoints.web.pages import back, environment
from entrypoints.web.visitors import Visitor, cookie_name
from invoices.closing.as_csv import report_csv
from invoices.closing.fingerprints import Word
from invoices.closing.runs import RUNNING, last_run
from invoices.closing.steps import ISSUING, PARTS
from invoices.language import marked
from invoices.ledger import documents_csv, payments_csv
from invoices.pdf.month_pdf import month_pdf
from metering.calendar import Period, local_day

router = APIRouter(route_class=InWords)

STARTED = marked("It has begun.")
RUNS_ALREADY = marked("Somebody is closing this month at this moment. Wait until that has ended.")
LOOK_EVERY = 1
"""Seconds between two looks at how far a run is."""
LONGEST_LOOK = 300
"""Seconds after which a browser asks anew."""


@router.get("/finance")
def beginning(visitor: Closer, month: Annotated[str, Query()] = "") -> Response:
    """Leads to the month that is to be closed, or to the one that was chosen."""
    now = clock()
    period = month_of(month, now) if month else month_to_close(now)
    return RedirectResponse(f"/finance/months/{period}", 303)


@router.get("/finance/months/{month}")
def board(
    request: Request, service: Serving, visitor: Closer, month: str, number: PageNumber = 1
) -> Response:
    """How far a month is, and what waits for a person."""
    now = clock()
    period = month_of(month, now)
    found = read_board(service.session, period, now)
    return finance_page(
        request,
        visitor,
        "board",
        board=found,
        part=part_of(found.orders, number, f"/finance/months/{period}"),
        later=period.next() if period.next().start <= now else None,
        period=period,
        **run_values(service.session, period),
    )


def run_values(session: Session, period: Period) -> dict[str, Any]:
    """The last run of a month, and how it stands."""
    return _run_values(session.decisions, is_running(session.engine, period), period)


def _run_values(decisions: Decisions, is_alive: bool, period: Period) -> dict[str, Any]:
    run = last_run(decisions, period)
    return {"run": run, "run_status": run.status(is_alive=is_alive) if run else ""}


@router.get("/finance/months/{month}/progress")
async def progress(
    request: Request, service: Serving, visitor: Closer, month: str
) -> EventSourceResponse:
    """How a run goes on, as it does, for as long as the visitor is signed in."""
    period, code = month_of(month, clock()), language(request, visitor).code
    token = request.cookies.get(cookie_name(request), "")
    decisions = service.session.decisions

    async def parts() -> AsyncIterator[dict[str, str]]:
        before = ""
        for _ in range(LONGEST_LOOK // LOOK_EVERY):
            html, status = await run_in_threadpool(_rendered, service.session, period, code)
            may_look = await run_in_threadpool(still_may, decisions, token, "close_months")
            if may_look and html != before:
                yield {"event": "part", "data": json.dumps({"id": "run", "html": html})}
            if status != RUNNING or not may_look:
                yield {"event": "end", "data": ""}
                return
            before = html
            await asyncio.sleep(LOOK_EVERY)

    return EventSourceResponse(parts())


def _rendered(session: Session, period: Period, code: str) -> tuple[str, str]:
    values = run_values(session, period)
    template = environment(code).get_template("finance/run.html")
    return template.render(w=words, period=period, **values), values["run_status"]


@router.post("/finance/months/{month}/run")
def run_part(
    request: Request, service: Serving, visitor: Closer, month: str, form: Posted
) -> Response:
    """Starts a part of the month's end that issues nothing."""
    period, part = month_of(month, clock()), form["part"]
    if part not in PARTS or part in ISSUING:
        raise NotHere(422, marked("This cannot be started without looking at it first."))
    return _started(request, service, visitor, period, part, None)


def _started(
    request: Request,
    service: Serving,
    visitor: Visitor,
    period: Period,
    part: str,
    word: Word | None,
) -> Response:
    is_mine = start(service.settings, period, part, person(visitor), word)
    said = STARTED if is_mine else RUNS_ALREADY
    return back(request, visitor, f"/finance/months/{period}", said)


@router.get("/finance/months/{month}/issue")
def look(
    request: Request,
    service: Serving,
    visitor: Closer,
    month: str,
    part: Annotated[str, Query()] = "invoices",
) -> Response:
    """What would be issued, to be looked at before a person says a word."""
    period = month_of(month, clock())
    if part not in ISSUING:
        raise NotHere(404, marked("There is no such step."))
    return _shown(request, service, visitor, period, part)


def _shown(
    request: Request,
    service: Serving,
    visitor: Visitor,
    period: Period,
    part: str,
    problems: dict[str, str] | None = None,
) -> Response:
    shown = read_shown(service.session, period, clock())
    status = 422 if problems else 200
    wrong = problems or {}
    return finance_page(
        request, visitor, "issue", status, period=period, part=part, shown=shown, problems=wrong
    )


@router.post("/finance/months/{month}/issue")
def issue(
    request: Request, service: Serving, visitor: Closer, month: str, form: Posted
) -> Response:
    """Issues what was shown, by the word of the person who typed the month."""
    period, part = month_of(month, clock()), form["part"]
    if part not in ISSUING:
        raise NotHere(422, marked("There is no such step."))
    if form["month"] != str(period):
        problem = {"month": marked("Type the month as it stands above, to say that you mean it.")}
        return _shown(request, service, visitor, period, part, problem)
    return _started(request, service, visitor, period, part, word_of(form, visitor))


def word_of(form: Posted, visitor: Visitor) -> Word:
    """A person's word: the marks of what the form has shown."""
    only_checked = form["which"] == Shown.CHECKED
    drafts = form["checked_mark"] if only_checked else form["all_mark"]
    return Word(person(visitor), drafts, form["notes_mark"], only_checked=only_checked)


@router.get("/finance/months/{month}/report.{kind}")
def report(request: Request, service: Serving, visitor: Closer, month: str, kind: str) -> Response:
    """What a month comes to beside the month before, as CSV or PDF."""
    now = clock()
    period = month_of(month, now)
    found = read_report(service.session, period)
    if kind == "csv":
        return download(report_csv(found), CSV, f"close-{period}.csv")
    if kind != "pdf":
        raise NotHere(404, marked("There is no such file."))
    code = language(request, visitor).code
    return download(month_pdf(found, code, local_day(now)), PDF, f"close-{period}.pdf")


@router.get("/finance/exports")
def exports(request: Request, visitor: Closer, month: Annotated[str, Query()] = "") -> Response:
    """The files for the ledger, and what their columns mean."""
    now = clock()
    period = month_of(month, now) if month else month_to_close(now)
    columns = {"documents": DOCUMENTS, "payments": PAYMENTS}
    return finance_page(request, visitor, "exports", period=period, columns=columns)


LEDGERS = {"documents": documents_csv, "payments": payments_csv}


@router.get("/finance/months/{month}/{what}.csv")
def ledger(service: Serving, visitor: Closer, month: str, what: str) -> Response:
    """The documents or the payments of a month for the ledger."""
    period = month_of(month, clock())
    if what not in LEDGERS:
        raise NotHere(404, marked("There is no such file."))
    content = LEDGERS[what](service.session.decisions, period)
    return download(content, CSV, f"{what}-{period}.csv")
