"""How the service is: for those who watch over it. These calls need no key."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from entrypoints.database import is_current
from entrypoints.http.metrics import written_metrics
from entrypoints.http.openapi import ERRORS, problem_answer
from entrypoints.http.problems import unavailable
from entrypoints.http.service import Serving

router = APIRouter(tags=["health"])


class Healthy(BaseModel):
    """The service answers, and so does its database."""

    status: str


@router.get(
    "/healthz",
    summary="Whether the service can do its work",
    responses={200: {"model": Healthy}, 503: problem_answer(ERRORS[503])},
)
def get_health(service: Serving) -> dict[str, str]:
    """Asks the database for its schema, which must be the one that this version needs."""
    if not is_current(service.session.engine):
        message = "the database's schema is not current: run `licznik db upgrade`"
        raise unavailable("schema_not_current", message)
    return {"status": "ok"}


@router.get(
    "/metrics",
    summary="Metrics in the text format of Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics() -> Response:
    """The sums of all worker processes. They name no customer."""
    return Response(written_metrics(), media_type=CONTENT_TYPE_LATEST)
