"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.platform import routes as platform

FACES: tuple[APIRouter, ...] = (common.router, platform.router)
