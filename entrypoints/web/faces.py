"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.finance import routes as finance

FACES: tuple[APIRouter, ...] = (common.router, finance.router)
