"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common

FACES: tuple[APIRouter, ...] = (common.router,)
