"""The application that answers with pages."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from entrypoints.web.errors import add_page_handlers
from entrypoints.web.faces import FACES
from entrypoints.web.forms import no_nul

API = ("/v1/", "/api/", "/healthz", "/metrics", "/openapi.json")
"""The paths of programs; all others are pages."""


class Doors:
    """Programs go to the API, people to the pages; both work with the same service."""

    def __init__(self, api: ASGIApp, pages: ASGIApp) -> None:
        self._api = api
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Leads a request to one of the two."""
        for_programs = scope["type"] != "http" or scope["path"].startswith(API)
        await (self._api if for_programs else self._pages)(scope, receive, send)


def create_pages() -> FastAPI:
    """The application; what it works with is put into its state when the process starts."""
    app = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(no_nul)],
    )
    for router in FACES:
        app.include_router(router)
    add_page_handlers(app)
    return app
