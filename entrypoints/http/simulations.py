"""What a plan would cost: a scenario is billed, and nothing of it is kept."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from billing.catalog.edition import Catalog
from billing.forms import read_form
from billing.modelling import simulate
from billing.scenario import Scenario, ScenarioShape, read_scenario
from entrypoints.cli.simulate import simulation_json
from entrypoints.http.access import allowed
from entrypoints.http.openapi import OfMonth, OneProblem, answers, body
from entrypoints.http.problems import Refused
from entrypoints.http.service import Serving
from metering.calendar import Period, periods
from metering.problems import Problem, ProblemsFound

router = APIRouter(tags=["simulations"], dependencies=[allowed("simulate")])

MOST_BYTES = 1024 * 1024
MOST_MONTHS = 1_000
"""So many months of orders and of incidents are billed for one request; more are for `licznik
simulate`.
"""
MAX_DEPTH = 50
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,40})\.[0-9]{1,40}")
LONGEST_WHOLE = 41


class Simulation(BaseModel):
    """The outcome in the form of `licznik simulate --json`."""

    invoices: list[dict[str, Any]]
    ledgers: list[dict[str, Any]]
    availability: list[dict[str, Any]]
    penalties: list[dict[str, Any]]
    credits: list[dict[str, Any]]
    problems: list[OneProblem]


@router.post(
    "/v1/simulations",
    summary="What a plan would cost",
    responses={200: {"model": Simulation}, **answers(400, 413, 415)},
    openapi_extra=body({"application/json": {"schema": {"type": "object"}}}),
)
async def post_simulation(
    request: Request, service: Serving, period: OfMonth = None
) -> JSONResponse:
    """Bills a scenario: accounts, orders and usage, as `licznik simulate --schema` describes them.

    It may name no files and no catalog: a server reads no paths for a caller.
    """
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/json":
        raise Refused(415, "unsupported_media_type", "send a scenario as application/json")
    sent = await request.body()
    only = Period.parse(period) if period else None
    return JSONResponse(await run_in_threadpool(_simulated, sent, service.session.catalog, only))


def _simulated(sent: bytes, catalog: Catalog, only: Period | None) -> dict[str, Any]:
    scenario = _scenario(read_exactly(sent), catalog)
    months = _months(scenario, only)
    if months > MOST_MONTHS:
        message = f"{months} months of orders are more than {MOST_MONTHS}: name one period"
        raise Refused(422, "simulation_too_large", message)
    result = simulate(scenario, only)
    if result.problems:
        raise ProblemsFound(result.problems)
    return simulation_json(result)


def _months(scenario: Scenario, only: Period | None) -> int:
    """The months that are billed, those of each order and of each incident of it.

    Where anything happened to a service, the months before the one that is asked for count too.
    """
    last = only or scenario.last_period()
    whole = len(list(periods(scenario.first_period(), last)))
    records = [scenario.record.of(order) for order in scenario.orders.terms]
    return sum((whole if own or not only else 1) * (1 + len(own.incidents)) for own in records)


def _scenario(value: dict[str, Any], catalog: Catalog) -> Scenario:
    shape, problems = read_form(ScenarioShape, value)
    problems = [*_paths(value), *problems]
    if shape is None or problems:
        raise ProblemsFound(problems)
    return read_scenario(shape, catalog, lambda _, __: ([], []))


def _paths(value: dict[str, Any]) -> list[Problem]:
    """The problems of a scenario that names files of its own."""
    usage = value.get("usage")
    files = isinstance(usage, dict) and "files" in usage
    named = [("catalog", value.get("catalog") is not None), ("usage.files", files)]
    message = "a server reads no paths for a caller: leave it out"
    return [Problem("path_refused", path, message) for path, is_named in named if is_named]


def read_exactly(sent: bytes) -> dict[str, Any]:
    """A JSON object with exact decimals, as a scenario's YAML has them.

    Raises Refused where it cannot be read.
    """
    if len(sent) > MOST_BYTES:
        raise Refused(413, "body_too_large", f"a scenario has at most {MOST_BYTES} bytes")
    try:
        orjson.loads(sent)  # stricter than the library: no NaN, no half of a character
        value = json.loads(sent, parse_float=_decimal, parse_int=_whole)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "unreadable_body", "the body is not readable as JSON") from error
    if not isinstance(value, dict):
        raise Refused(400, "wrong_shape", "a scenario is a JSON object")
    if _depth(value) > MAX_DEPTH:
        raise Refused(400, "nested_too_deeply", f"a scenario is nested at most {MAX_DEPTH} deep")
    return value


def _decimal(text: str) -> Decimal | str:
    """A number with an exponent stays text, which every field refuses with a sentence."""
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _whole(text: str) -> int | str:
    return int(text) if len(text) <= LONGEST_WHOLE else text


def _depth(value: Any) -> int:
    """How deep a value is nested, found level by level."""
    depth, level = 0, [value]
    while level := [part for own in level for part in _parts(own)]:
        depth += 1
    return depth


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
