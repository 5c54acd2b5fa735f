"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.sales import backtest
from entrypoints.web.sales import offers as sales_offers
from entrypoints.web.sales import routes as sales_models

FACES: tuple[APIRouter, ...] = (
    common.router,
    sales_models.router,
    sales_offers.router,
    backtest.router,
from entrypoints.web.people import profile, signing_in, users, with_provider

FACES: tuple[APIRouter, ...] = (
    common.router,
    signing_in.router,
    with_provider.router,
    profile.router,
    users.router,
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
from entrypoints.web.dataout import routes as dataout
from entrypoints.web.dataout import routes_register, routes_requests

FACES: tuple[APIRouter, ...] = (
    common.router,
    dataout.router,
    routes_requests.router,
    routes_register.router,
)
from entrypoints.web.finance import routes as finance

FACES: tuple[APIRouter, ...] = (common.router, finance.router)
from entrypoints.web.platform import routes as platform

FACES: tuple[APIRouter, ...] = (common.router, platform.router)
