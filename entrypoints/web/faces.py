"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.dataout import routes as dataout
from entrypoints.web.dataout import routes_register, routes_requests

FACES: tuple[APIRouter, ...] = (
    common.router,
    dataout.router,
    routes_requests.router,
    routes_register.router,
)
