"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.people import profile, signing_in, users, with_provider

FACES: tuple[APIRouter, ...] = (
    common.router,
    signing_in.router,
    with_provider.router,
    profile.router,
    users.router,
)
