"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.documents import (
    routes_embed,
    routes_invoices,
    routes_notices,
    routes_service,
)
from entrypoints.web.usage import routes as usage

FACES: tuple[APIRouter, ...] = (
    common.router,
    routes_embed.router,
    usage.lines,  # before the pages of invoices
    routes_invoices.router,  # the number of an invoice takes whatever follows /invoices/
    routes_service.router,
    routes_notices.router,
    usage.router,  # after all others
)
