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
    usage.lines,  # before the pages of invoices
    usage.router,  # after all others
from entrypoints.web.documents import routes_invoices, routes_notices, routes_service

FACES: tuple[APIRouter, ...] = (
    common.router,
    routes_service.router,
    routes_notices.router,
    routes_invoices.router,  # last: the number of an invoice takes whatever follows /invoices/
    routes_embed.router,
    usage.lines,  # before the pages of invoices
    routes_invoices.router,  # the number of an invoice takes whatever follows /invoices/
    routes_service.router,
    routes_notices.router,
    usage.router,  # after all others
)
