"""What is shown when a page cannot be: a sentence, with the right status, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import RedirectResponse

from entrypoints.http.problems import CALLER_GONE, FAULTS
from entrypoints.web.pages import page
from entrypoints.web.redirects import sign_in_address
from entrypoints.web.visitors import Visitor, recognised
from invoices.language import marked as marked
from metering.problems import ProblemsFound

SENTENCES = {
    403: marked("This page is not for your role."),
    404: marked("There is no such page."),
    405: marked("This page cannot be used like that."),
    413: marked("What was sent is too large."),
    429: marked("Too many attempts. Wait a little and try again."),
}
AWAY = marked("The database does not answer. Try again in a moment; nothing was lost.")
OUR_FAULT = marked("Something went wrong on our side. It has been noted.")
NOT_POSSIBLE = marked("What was asked for is not possible.")


class NotHere(Exception):
    """There is no page; ``sentence`` says why. ``details`` are the problems of what was asked."""

    def __init__(
        self,
        status: int,
        sentence: str,
        details: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.details = details
        self.headers = headers


class SignInFirst(Exception):
    """Nobody is signed in."""


def add_page_handlers(app: FastAPI) -> None:
    """Turns whatever is raised into a page."""
    app.add_exception_handler(SignInFirst, _sign_in_first)
    app.add_exception_handler(NotHere, _not_here)
    app.add_exception_handler(ProblemsFound, _problems_found)
    app.add_exception_handler(RequestValidationError, _wrong_parameters)
    app.add_exception_handler(HTTPException, _refused_by_framework)
    app.add_exception_handler(ClientDisconnect, _caller_gone)
    app.add_exception_handler(Exception, _our_fault)
    for fault in FAULTS:
        app.add_exception_handler(fault, _fault)


async def _sign_in_first(request: Request, _: Exception) -> Response:
    return RedirectResponse(sign_in_address(request), 303)


async def _not_here(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotHere)
    visitor = await run_in_threadpool(_visitor, request)
    response = _shown(request, visitor, error.status, error.sentence, error.details)
    response.headers.update(error.headers or {})
    return response


async def _problems_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemsFound)
    unknown = all(own.code.startswith("unknown_") for own in error.problems)
    sentences = tuple(own.message for own in error.problems)
    found = NotHere(404 if unknown else 422, SENTENCES[404] if unknown else NOT_POSSIBLE, sentences)
    return await _not_here(request, found)


async def _wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    sentences = tuple(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())
    return await _not_here(request, NotHere(422, NOT_POSSIBLE, sentences))


async def _refused_by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = SENTENCES.get(error.status_code, NOT_POSSIBLE)
    return await _not_here(request, NotHere(error.status_code, sentence, (), error.headers))


async def _fault(request: Request, _: Exception) -> Response:
    request.state.code = "database_unavailable"
    return _shown(request, None, 503, AWAY)


async def _caller_gone(_: Request, __: Exception) -> Response:
    return Response(status_code=CALLER_GONE)


async def _our_fault(request: Request, _: Exception) -> Response:
    """Says nothing of what went wrong: that stands in the log, under the same request id."""
    return _shown(request, None, 500, OUR_FAULT)


def _visitor(request: Request) -> Visitor | None:
    return recognised(request, request.app.state.service.session.decisions)


def _shown(
    request: Request,
    visitor: Visitor | None,
    status: int,
    sentence: str,
    details: tuple[str, ...] = (),
) -> Response:
    values = {"sentence": sentence, "details": details, "request_id": request.state.request_id}
    return page(request, visitor, "error.html", status, **values)
