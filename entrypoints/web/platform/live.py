"""The stream that renews the platform's page: server-sent events, made once for all who look."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from entrypoints.http.service import Service, Serving
from entrypoints.web.access import may, still_may, visiting
from entrypoints.web.platform.parts import meter_names, rendered
from entrypoints.web.visitors import Visitor, cookie_name
from entrypoints.web.words import language_of

router = APIRouter()
Watcher = Annotated[Visitor, visiting("watch")]
LOOK_SECONDS = 0.25
CHECK_SECONDS = 15.0
"""So often it is looked whether who looks is still signed in and may."""
PING_SECONDS = 15
RETRY_MS = 2_000
"""A browser that lost the stream asks for it again after so long."""


@router.get("/platform/live")
async def live(request: Request, service: Serving, visitor: Watcher) -> Response:
    """What is seen, whenever it has changed, until the visitor goes or may no longer see it."""
    token = request.cookies.get(cookie_name(request), "")
    follows = may(visitor, "see_usage")
    events = _events(service, language_of(request, visitor), token, follows=follows)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(events, headers=headers, ping=PING_SECONDS)


async def _events(
    service: Service, code: str, token: str, *, follows: bool
) -> AsyncIterator[dict[str, Any]]:
    board, sent = service.board, dict[str, str]()
    names = meter_names(service.session.catalog)
    number, due = 0, time.monotonic() + CHECK_SECONDS
    with board.looking():
        while True:
            seen = board.last
            if seen is not None and seen.number != number:
                number = seen.number
                for part, html in rendered(seen, code, names, follows=follows).items():
                    if sent.get(part) != html:
                        sent[part] = html
                        yield _event(part, html)
            if time.monotonic() >= due:
                due = time.monotonic() + CHECK_SECONDS
                decisions = service.session.decisions
                if not await run_in_threadpool(still_may, decisions, token, "watch"):
                    yield {"event": "end", "data": ""}
                    return
            await asyncio.sleep(LOOK_SECONDS)


def _event(part: str, html: str) -> dict[str, Any]:
    data = orjson.dumps({"id": part, "html": html}).decode()
    return {"event": "part", "data": data, "retry": RETRY_MS}
