"""The public register of exportable data, for people and for programs (R134)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from entrypoints.http.service import Service, Serving
from entrypoints.web.pages import page
from entrypoints.web.visitors import recognised
from invoices.billing_data.register import register
from invoices.billing_data.schema import json_schema

router = APIRouter()
SHARED = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
"""The register is public: programs of others may read it."""


@router.get("/register")
def show_register(request: Request, service: Serving) -> Response:
    """The register as a page; nobody need sign in."""
    visitor = recognised(request, service.session.decisions)
    return page(request, visitor, "dataout/register.html", register=_register(service))


@router.get("/register.json")
def register_for_programs(service: Serving) -> Response:
    """The same as data."""
    return JSONResponse(_register(service), headers=SHARED)


@router.get("/register/billing-data.schema.json")
def schema_for_programs() -> Response:
    """The JSON Schema of billing data in JSON."""
    return JSONResponse(json_schema(), media_type="application/schema+json", headers=SHARED)


def _register(service: Service) -> dict[str, object]:
    settings = service.settings.exports
    return register(settings.most_bytes, settings.kept_days)
