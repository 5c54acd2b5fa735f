"""The application: routers, errors, and what is opened when a worker process starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from entrypoints.http import (
    embedding,
    events,
    exports,
    health,
    invoices,
    limits,
    orders,
    simulations,
    statements,
)
from entrypoints.http.limiting import BodyLimit
from entrypoints.http.logs import log_as_json
from entrypoints.http.observing import Observed
from entrypoints.http.openapi import add_schemas
from entrypoints.http.problems import add_handlers
from entrypoints.http.server import stop_with_the_supervisor
from entrypoints.http.service import open_service
from entrypoints.settings import read_settings
from entrypoints.web.app import Doors, create_pages
from entrypoints.web.headers import SafeHeaders

ROUTERS = (
    events.router,
    statements.router,
    exports.router,
    limits.router,
    embedding.router,
    orders.router,
    invoices.router,
    simulations.router,
    health.router,
)


def create_app(routers: Sequence[APIRouter] = ROUTERS) -> ASGIApp:
    """The application of one worker process: the API for programs, and the pages for people."""
    log_as_json()
    settings = read_settings().http
    app = FastAPI(
        title="Licznik",
        version="1",
        description="Usage metering and billing. Errors are problem details (RFC 9457).",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    for router in routers:
        app.include_router(router)
    add_handlers(app)
    add_schemas(app)
    pages = create_pages()
    pages.state = app.state
    return Observed(
        BodyLimit(Doors(app, SafeHeaders(pages, settings.behind_tls)), most=settings.body_limit)
    )


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop_with_the_supervisor()
    with open_service() as service:
        app.state.service = service
        yield
