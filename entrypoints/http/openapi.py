"""What /openapi.json says beside the calls themselves: bodies, answers and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from pydantic import BaseModel

from entrypoints.http.problems import PROBLEM_JSON

ERRORS = {
    400: "The body cannot be read.",
    401: "No valid key was sent.",
    403: "The key's role may not do this.",
    404: "There is no such thing, or not for this key.",
    409: (
        "The limit does not allow it, what is named has ended or stands for something else, "
        "or the order's edition is not loaded yet."
    ),
    413: "The body is too large, or holds too many events.",
    415: "The body has another media type than those declared.",
    422: "Parameters or contents are wrong; `problems` lists all of them.",
    500: "A fault of the service.",
    503: "Not now: the database is away, or too much waits. Try again.",
}

NAME = r"^[^\x00-\x1f\x7f]+$"
PERIOD = r"^2[01][0-9]{2}-(0[1-9]|1[0-2])$"
MAX_NAME = 256

Named = Path(min_length=1, max_length=MAX_NAME, pattern=NAME)
OrderId = Annotated[str, Named]
InvoiceNumber = Annotated[str, Named]
Name = Annotated[str | None, Query(min_length=1, max_length=MAX_NAME, pattern=NAME)]
Month = Annotated[
    str | None,
    Query(pattern=PERIOD, description="A month, 2025-10; without it the current one."),
]
OfMonth = Annotated[str | None, Query(pattern=PERIOD, description="Only this month, 2025-10.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
After = Annotated[
    str | None,
    Query(
        min_length=1, max_length=MAX_NAME, pattern=NAME, description="`next` of the answer before."
    ),
]


class OneProblem(BaseModel):
    """One mistake: a stable code, where it is, and what to do."""

    code: str
    path: str
    message: str


class ProblemDetails(BaseModel):
    """An error (RFC 9457). ``code`` is stable; ``problems`` lists every mistake."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    problems: list[OneProblem] | None = None


_PROBLEM = {"$ref": "#/components/schemas/ProblemDetails"}
_STRAY = {"HTTPValidationError", "ValidationError"}


def answers(*statuses: int, **more: Any) -> dict[int | str, dict[str, Any]]:
    """The errors that a call may answer, beside those that every call may."""
    every = sorted({401, 403, 422, 500, 503, *statuses})
    return {status: problem_answer(ERRORS[status]) for status in every}


def problem_answer(description: str) -> dict[str, Any]:
    """An answer that is problem details."""
    return {"description": description, "content": {PROBLEM_JSON: {"schema": _PROBLEM}}}


def body(contents: Mapping[str, Any], *, required: bool = True) -> dict[str, Any]:
    """A body of one of some media types, each with its schema."""
    return {"requestBody": {"required": required, "content": dict(contents)}}


def add_schemas(app: FastAPI) -> None:
    """Adds the schemas that only this module names to what the framework writes."""
    written = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = written()
            schemas = schema.setdefault("components", {}).setdefault("schemas", {})
            whole = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(whole.pop("$defs"))
            schemas["ProblemDetails"] = whole
            for name in _STRAY & schemas.keys():
                del schemas[name]
        return written()

    app.openapi = openapi  # type: ignore[method-assign]  # the framework's documented way
