"""Decisions on limits: may this be used, keep so much for me, give it back.

Whoever asks at the same time shares a commit (`metering.desk`), so the order of answers is that of
the record, and a yes is durable before it is given. An id stands in the path with its slashes.
"""

from __future__ import annotations

import asyncio
import time
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from billing.money import plain
from entrypoints.cli.session import clock
from entrypoints.http.access import allowed, check_visible
from entrypoints.http.asks import (
    MAX_BYTES,
    read_commit,
    read_consume,
    read_object,
    read_renew,
    read_reserve,
)
from entrypoints.http.metrics import DECISION_SECONDS, DECISIONS
from entrypoints.http.openapi import MAX_NAME, After, Limit, Named, OrderId, answers, body
from entrypoints.http.problems import Refused, unavailable
from entrypoints.http.service import Service, Serving
from entrypoints.keys import Key
from metering.asks import Ask, Consumed, Granted, Release, Reservation
from metering.asks import Refused as No
from metering.desk import Busy
from metering.meters import Meter

router = APIRouter(tags=["limits"])

Decider = Annotated[Key, allowed("decide")]
MeterKey = Annotated[str, Named]
ReservationId = Annotated[str, Named]

STATUS = {
    "limit_reached": 409,
    "already_signed_in": 409,
    "id_conflict": 409,
    "reservation_ended": 409,
    "beyond_reservation": 409,
    "edition_not_loaded": 409,
    "unknown_order": 404,
    "unknown_meter": 404,
    "unknown_reservation": 404,
}
"""The status of a no; any other, such as a meter that is not ordered, is 422."""

NUMBER = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": r"^\d{1,40}(\.\d{1,40})?$"}]}
TEXT = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_NAME,
    "description": f"Without control characters, and at most {MAX_BYTES} bytes in UTF-8.",
}
SECONDS = {"type": "integer", "minimum": 1, "maximum": 86400}
FIELDS: dict[str, Any] = {
    "id": TEXT,
    "quantity": NUMBER,
    "user": TEXT,
    "ttl_seconds": SECONDS,
    "time": {"type": "string", "format": "date-time"},
}


class Use(BaseModel):
    """Units that count as used; ``remaining`` is what is left, null where nothing bounds it."""

    id: str
    order: str
    meter: str
    quantity: str
    time: str
    remaining: str | None


class Kept(BaseModel):
    """A reservation: ``left`` of ``quantity`` are kept until ``expires_at`` while it is open."""

    id: str
    order: str
    meter: str
    quantity: str
    committed: str
    left: str
    user: str | None
    made_at: str
    expires_at: str
    state: str
    remaining: str | None


class Reservations(BaseModel):
    """What an order keeps now; ``next`` is where the following ones begin, null at the end."""

    reservations: list[Kept]
    next: str | None


def fields(*names: str, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """The body of a call with some fields; where none is required there need be no body."""
    schema = {
        "type": "object",
        "properties": {name: FIELDS[name] for name in names},
        "required": list(required),
        "additionalProperties": False,
    }
    return body({"application/json": {"schema": schema}}, required=bool(required))


@router.post(
    "/v1/orders/{order:path}/meters/{meter}/consume",
    summary="Use so much, if the limit allows",
    responses={200: {"model": Use}, **answers(400, 404, 409, 413)},
    openapi_extra=fields("id", "quantity", "user", "time", required=("id", "quantity")),
)
async def consume(
    request: Request, service: Serving, key: Decider, order: OrderId, meter: MeterKey
) -> JSONResponse:
    """Records usage, or answers 409 and records nothing. An id that is recorded stands."""
    ask = read_consume(read_object(await request.body()), order, _meter(service, meter))
    granted = await _granted(service, "consume", ask)
    assert granted.consumed is not None
    return JSONResponse(_use(granted.consumed))


@router.post(
    "/v1/orders/{order:path}/meters/{meter}/reservations",
    status_code=201,
    summary="Keep so much, if the limit allows",
    responses={201: {"model": Kept}, **answers(400, 404, 409, 413)},
    openapi_extra=fields("id", "quantity", "user", "ttl_seconds", required=("id",)),
)
async def reserve(
    request: Request, service: Serving, key: Decider, order: OrderId, meter: MeterKey
) -> JSONResponse:
    """Keeps units until they are committed, released, or the time is over. A seat is of a user."""
    ask = read_reserve(read_object(await request.body()), order, _meter(service, meter))
    return JSONResponse(_kept(await _granted(service, "reserve", ask)), 201)


@router.get(
    "/v1/orders/{order:path}/reservations",
    summary="What an order keeps now",
    responses={200: {"model": Reservations}, **answers(404)},
)
def list_reservations(
    service: Serving, key: Decider, order: OrderId, after: After = None, limit: Limit = 100
) -> JSONResponse:
    """The open reservations of an order by their ids, seats among them."""
    check_visible(key, service.session.decisions, order)
    found = service.limits.open_reservations(order, clock(), after or "", limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    shown = [_reservation(own) for own in found[:limit]]
    return JSONResponse({"reservations": shown, "next": more})


@router.post(
    "/v1/reservations/{reservation:path}/renew",
    summary="Let a reservation live on",
    responses={200: {"model": Kept}, **answers(400, 404, 409, 413)},
    openapi_extra=fields("ttl_seconds"),
)
async def renew(
    request: Request, service: Serving, key: Decider, reservation: ReservationId
) -> JSONResponse:
    """A seat's heartbeat, a lease's extension: so many seconds more from now."""
    sent = read_object(await request.body() or b"{}")
    own = await _known(service, reservation)
    ask = read_renew(sent, own.order, reservation)
    return JSONResponse(_kept(await _granted(service, "renew", ask)))


@router.post(
    "/v1/reservations/{reservation:path}/commit",
    summary="Use a part of a reservation",
    responses={200: {"model": Use}, **answers(400, 404, 409, 413)},
    openapi_extra=fields("id", "quantity", required=("id", "quantity")),
)
async def commit(
    request: Request, service: Serving, key: Decider, reservation: ReservationId
) -> JSONResponse:
    """Records a part as used, never beyond what is kept; ``remaining`` is what is left of it."""
    sent = read_object(await request.body())
    own = await _known(service, reservation)
    ask = read_commit(sent, own.order, reservation, _meter(service, own.meter))
    granted = await _granted(service, "commit", ask)
    assert granted.consumed is not None
    return JSONResponse(_use(granted.consumed))


@router.delete(
    "/v1/reservations/{reservation:path}",
    summary="Give back what is left",
    responses={200: {"model": Kept}, **answers(404)},
)
async def release(service: Serving, key: Decider, reservation: ReservationId) -> JSONResponse:
    """Ends a reservation; what was not committed is free again. Ending it twice is no mistake."""
    own = await _known(service, reservation)
    return JSONResponse(_kept(await _granted(service, "release", Release(own.order, reservation))))


async def _granted(service: Service, kind: str, ask: Ask) -> Granted:
    """The yes to an ask; raises Refused with the no."""
    started = time.perf_counter()
    try:
        answer = await asyncio.wrap_future(service.desk.submit(ask))
    except Busy as busy:
        message = "too many requests wait: nothing was decided, try again"
        raise unavailable("too_busy", message) from busy
    DECISION_SECONDS.labels(kind).observe(time.perf_counter() - started)
    code = answer.code if isinstance(answer, No) else "granted"
    DECISIONS.labels(kind, code).inc()
    if isinstance(answer, No):
        left: dict[str, Any] = {}
        if answer.remaining is not None:
            left["remaining"] = plain(answer.remaining)
        raise Refused(STATUS.get(answer.code, 422), answer.code, answer.message, **left)
    return answer


def _meter(service: Service, key: str) -> Meter:
    meter = service.limits.meters.get(key)
    if meter is None:
        raise Refused(404, "unknown_meter", f"there is no meter {key}")
    return meter


async def _known(service: Service, key: str) -> Reservation:
    own = await run_in_threadpool(service.limits.reservation, key)
    if own is None:
        raise Refused(404, "unknown_reservation", f"there is no reservation {key}")
    return own


def _use(own: Consumed) -> dict[str, Any]:
    return {
        "id": own.id,
        "order": own.order,
        "meter": own.meter,
        "quantity": plain(own.quantity),
        "time": own.at.isoformat(),
        "remaining": None if own.remaining is None else plain(own.remaining),
    }


def _kept(granted: Granted) -> dict[str, Any]:
    assert granted.reservation is not None
    return _reservation(granted.reservation)


def _reservation(own: Reservation) -> dict[str, Any]:
    return {
        "id": own.id,
        "order": own.order,
        "meter": own.meter,
        "quantity": plain(own.quantity),
        "committed": plain(own.committed),
        "left": plain(own.left),
        "user": own.user or None,
        "made_at": own.made_at.isoformat(),
        "expires_at": own.expires_at.isoformat(),
        "state": "ended" if own.ended_at else "open",
        "remaining": None if own.remaining is None else plain(own.remaining),
    }
