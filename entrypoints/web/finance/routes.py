"""The routers of finance's pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web.finance import routes_drafts, routes_months

router = APIRouter()
for own in (routes_months, routes_drafts):
    router.include_router(own.router)
