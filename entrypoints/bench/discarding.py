"""The service with one more call, which decodes a body and throws it away: what HTTP costs."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response
from starlette.types import ASGIApp

from entrypoints.http.app import ROUTERS
from entrypoints.http.app import create_app as create_whole_app

router = APIRouter()


@router.post("/v1/discard")
async def discard(request: Request) -> Response:
    """Says how many events the body has."""
    events = orjson.loads(await request.body())
    return Response(orjson.dumps({"accepted": len(events)}), 202)


def create_app() -> ASGIApp:
    """The application of one worker process."""
    return create_whole_app((*ROUTERS, router))
