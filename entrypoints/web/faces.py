"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.usage import routes as usage

FACES: tuple[APIRouter, ...] = (
    common.router,
    usage.lines,  # before the pages of invoices
    usage.router,  # after all others
)
