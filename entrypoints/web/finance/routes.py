"""The routers of finance's pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web.finance import (
    routes_corrections,
    routes_drafts,
    routes_money,
    routes_months,
    routes_search,
    routes_service,
)

router = APIRouter()
PARTS = (
    routes_months,
    routes_drafts,
    routes_corrections,
    routes_service,
    routes_money,
    routes_search,
)
for part in PARTS:
    router.include_router(part.router)
