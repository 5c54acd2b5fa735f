"""Usage events come in: our own call, and the one that OpenMeter's clients know."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from entrypoints.http.access import allowed
from entrypoints.http.bodies import BATCH, EVENT, JSON, LINES, media_type
from entrypoints.http.metrics import EVENTS, WAITING
from entrypoints.http.openapi import OneProblem, answers, body
from entrypoints.http.problems import Refused
from entrypoints.http.recording import Receipt, Rejection
from entrypoints.http.service import Service, Serving
from entrypoints.watching.tally import KEY, Count
from metering.problems import problem_json

router = APIRouter(tags=["events"], dependencies=[allowed("send_events")])


class Rejected(OneProblem):
    """An event that was not recorded; ``index`` is its place in the body, from 0.

    Where there is more than one mistake, ``problems`` has all of them.
    """

    index: int
    problems: list[OneProblem] | None = None


class Received(BaseModel):
    """What became of the events: each is accepted, a duplicate or rejected."""

    accepted: int
    duplicates: int
    rejected: list[Rejected]


EXAMPLE = {
    "specversion": "1.0",
    "id": "3f0c9e",
    "source": "/platform/node-3",
    "type": "sms",
    "subject": "acme-main",
    "time": "2025-10-05T10:00:00+02:00",
    "data": {"quantity": 1, "to": "+48600100200", "direction": "out"},
}
ONE = {"schema": {"type": "object"}, "example": EXAMPLE}
MANY = {"schema": {"type": "array", "items": {}}, "example": [EXAMPLE]}
LINE = orjson.dumps(EXAMPLE).decode() + "\n"
OBJECT_OR_ARRAY = {"type": ["object", "array"], "items": {}}
CONTENTS: dict[str, Any] = {
    EVENT: ONE,
    BATCH: MANY,
    JSON: {"schema": OBJECT_OR_ARRAY, "example": EXAMPLE},
}
ERRORS = answers(400, 413, 415)


@router.post(
    "/v1/events",
    status_code=202,
    summary="Record usage events",
    responses={202: {"model": Received}, **ERRORS},
    openapi_extra=body(
        {**CONTENTS, LINES: {"schema": {}, "example": LINE}},
    ),
)
async def post_events(request: Request, service: Serving) -> Response:
    """Records one event, an array of them, or a line each. Each counts once, however often sent.

    When it is answered, what was accepted is durable. Good events of a body are kept though others
    of it are rejected.
    """
    receipt = await _record(request, service)
    whole = {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "rejected": [_rejected(one) for one in receipt.rejected],
    }
    return Response(orjson.dumps(whole), 202, media_type=JSON)


@router.post(
    "/api/v1/events",
    status_code=204,
    summary="Record usage events, as clients of OpenMeter send them",
    response_class=Response,
    responses=ERRORS,
    openapi_extra=body(CONTENTS),
)
async def post_openmeter_events(request: Request, service: Serving) -> Response:
    """Records one event or an array of them, with the rules of `/v1/events`.

    Where events were rejected the answer is 400, which makes such a client raise an error and not
    try again; the good events of the body are kept, and `rejected` has the others.
    """
    receipt = await _record(request, service)
    if not receipt.rejected:
        return Response(status_code=204)
    kept = receipt.accepted + receipt.duplicates
    message = f"{len(receipt.rejected)} events were rejected, {kept} were recorded"
    problems = [
        problem.under(f"[{one.index}]") for one in receipt.rejected for problem in one.problems
    ]
    rejected = [_rejected(one) for one in receipt.rejected]
    raise Refused(400, "events_rejected", message, problems, rejected=rejected)


async def _record(request: Request, service: Service) -> Receipt:
    headers = request.headers
    media = media_type(headers.get("content-type"), headers.get("content-encoding"))
    sent = await request.body()
    with WAITING.track_inprogress():
        receipt = await asyncio.wrap_future(service.recording.submit(sent, media))
    counts = {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicates,
        "rejected": len(receipt.rejected),
    }
    for result, count in counts.items():
        EVENTS.labels(result).inc(count)
    request.state.counts = counts
    service.tally.add(_by_key(request.state.key, receipt))
    return receipt


def _by_key(key: str, receipt: Receipt) -> Counter[Count]:
    """What became of the events of one caller; those that were recorded are told by meter."""
    codes = Counter(one.problems[0].code for one in receipt.rejected)
    counts = Counter({Count(KEY, key, "rejected", code): n for code, n in codes.items()})
    counts[Count(KEY, key, "accepted")] = receipt.accepted
    counts[Count(KEY, key, "duplicate")] = receipt.duplicates
    return +counts


def _rejected(one: Rejection) -> dict[str, Any]:
    problems = [problem_json(problem) for problem in one.problems]
    more = {"problems": problems} if len(problems) > 1 else {}
    return {"index": one.index, **problems[0], **more}
