"""What is answered when something is wrong: problem details (RFC 9457) with our stable codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
import sqlalchemy.exc
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from entrypoints.recorder import RecorderAway
from metering.intake import Contention
from metering.problems import Problem, ProblemsFound, format_path, problem_json
from metering.store import AWAY

PROBLEM_JSON = "application/problem+json"
CALLER_GONE = 499
"""What the log says of a request that its caller gave up."""
RETRY_SECONDS = {"Retry-After": "1"}

STATUS = {
    "unknown_order": 404,
    "unknown_account": 404,
    "unknown_invoice": 404,
    "not_in_service": 404,
    "edition_not_loaded": 409,
    "account_closed": 403,
}
"""The status of problems that are more than a wrong value, which is 422."""

CODES = {
    400: "bad_request",
    404: "unknown_path",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
"""The codes of what the framework refuses by itself."""

FAULTS = (
    *AWAY,
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    Contention,
    RecorderAway,
)
"""What is raised where the database is away, or busy beyond measure: trying again may help."""


class Refused(Exception):
    """A request is not done; this is its answer."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        problems: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.problems = tuple(problems)
        self.headers = headers
        self.more = more


def unavailable(code: str, detail: str) -> Refused:
    """Not now: the caller may try again in a second."""
    return Refused(503, code, detail, headers=RETRY_SECONDS)


def problem_response(request: Request, refused: Refused) -> Response:
    """The answer, as problem details; ``instance`` names the request as the log does."""
    details = {
        "type": f"urn:licznik:problem:{refused.code}",
        "title": refused.code.replace("_", " ").capitalize(),
        "status": refused.status,
        "detail": refused.detail,
        "instance": f"urn:licznik:request:{request.state.request_id}",
        "code": refused.code,
        **refused.more,
    }
    if refused.problems:
        details["problems"] = [problem_json(problem) for problem in refused.problems]
    request.state.code = refused.code
    return Response(orjson.dumps(details), refused.status, refused.headers, media_type=PROBLEM_JSON)


def add_handlers(app: FastAPI) -> None:
    """Turns whatever is raised into problem details."""
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(ProblemsFound, _problems_found)
    app.add_exception_handler(RequestValidationError, _wrong_parameters)
    app.add_exception_handler(HTTPException, _refused_by_framework)
    app.add_exception_handler(ClientDisconnect, _caller_gone)
    app.add_exception_handler(Exception, _our_fault)
    for fault in FAULTS:
        app.add_exception_handler(fault, _fault)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return problem_response(request, error)


async def _problems_found(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemsFound)
    first = error.problems[0]
    detail = first.message if len(error.problems) == 1 else f"{len(error.problems)} problems"
    status = STATUS.get(first.code, 422)
    return problem_response(request, Refused(status, first.code, detail, error.problems))


async def _wrong_parameters(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    problems = [
        Problem("invalid_parameter", format_path(one["loc"][1:]), str(one["msg"]))
        for one in error.errors()
    ]
    detail = "; ".join(f"{problem.path}: {problem.message}" for problem in problems)
    return problem_response(request, Refused(422, "invalid_parameter", detail, problems))


async def _refused_by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = CODES.get(error.status_code, "refused")
    phrase = HTTPStatus(error.status_code).phrase
    refused = Refused(error.status_code, code, phrase, headers=error.headers)
    return problem_response(request, refused)


async def _fault(request: Request, _: Exception) -> Response:
    message = "the database does not answer: send it again, for each event counts once"
    return problem_response(request, unavailable("database_unavailable", message))


async def _caller_gone(_: Request, __: Exception) -> Response:
    """Nobody reads this; the log tells it from an answer by its status."""
    return Response(status_code=CALLER_GONE)


async def _our_fault(request: Request, _: Exception) -> Response:
    """Says nothing of what went wrong: that stands in the log, under the same request id."""
    message = "this is a fault of the service; the log has it under the request's id"
    return problem_response(request, Refused(500, "internal_error", message))
