"""The faces: the routers of all pages."""

from __future__ import annotations

from fastapi import APIRouter

from entrypoints.web import common
from entrypoints.web.dataout import routes as dataout
from entrypoints.web.dataout import routes_register, routes_requests
from entrypoints.web.documents import (
    routes_embed,
    routes_invoices,
    routes_notices,
    routes_service,
)
from entrypoints.web.finance import routes as finance
from entrypoints.web.people import profile, signing_in, users, with_provider
from entrypoints.web.platform import routes as platform
from entrypoints.web.sales import backtest
from entrypoints.web.sales import offers as sales_offers
from entrypoints.web.sales import routes as sales_models
from entrypoints.web.usage import routes as usage

FACES: tuple[APIRouter, ...] = (
    common.router,
    signing_in.router,
    with_provider.router,
    profile.router,
    users.router,
    dataout.router,
    routes_requests.router,
    routes_register.router,
    finance.router,
    platform.router,
    sales_models.router,
    sales_offers.router,
    backtest.router,
    routes_embed.router,
    routes_service.router,
    routes_notices.router,
    usage.lines,
    routes_invoices.router,  # after the lines: the number takes whatever follows /invoices/
    usage.router,  # after all others: an order's name takes whatever follows /orders/
)
