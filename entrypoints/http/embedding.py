"""Links by which another panel shows the overview of an order."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from entrypoints.cli.session import clock
from entrypoints.embedding import make_link
from entrypoints.http.access import allowed, check_visible
from entrypoints.http.openapi import OrderId, answers
from entrypoints.http.service import Serving
from entrypoints.keys import Key

router = APIRouter(tags=["orders"])

Embedder = Annotated[Key, allowed("embed")]
Language = Annotated[Literal["pl", "en"] | None, Query(description="Without it the account's own.")]


class EmbedLinkMade(BaseModel):
    """A link that shows an order's overview to whoever has it, until it expires."""

    url: str
    expires_at: str


@router.post(
    "/v1/orders/{order:path}/embed-links",
    summary="Make a link to an order's overview",
    status_code=201,
    responses={201: {"model": EmbedLinkMade}, **answers(404)},
)
def add_embed_link(
    service: Serving, key: Embedder, order: OrderId, language: Language = None
) -> JSONResponse:
    """A signed link for a frame in another panel; the sites that may show it are a setting."""
    session = service.session
    check_visible(key, session.decisions, order)
    made = make_link(session.decisions, session.settings, order, language, clock())
    answer = {"url": made.url, "expires_at": made.expires_at.isoformat()}
    return JSONResponse(answer, 201)


@router.get("/v1/orders/{order:path}/embed-links", include_in_schema=False)
def no_list(order: OrderId) -> JSONResponse:
    """Links are not kept, so there is no list; the order's own call must not take this path."""
    raise HTTPException(405, headers={"Allow": "POST"})
