"""The platform's pages: what is seen, and more of each part of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from entrypoints.cli.session import clock
from entrypoints.http.service import Serving
from entrypoints.watching.acts import last_acts
from entrypoints.watching.reading import read_reservations, read_troubles
from entrypoints.web.access import may, visiting
from entrypoints.web.errors import NotHere, marked
from entrypoints.web.pages import page
from entrypoints.web.platform import keys, letters, live
from entrypoints.web.platform.acting import router as acting
from entrypoints.web.platform.parts import in_unit, meter_names, of_seen
from entrypoints.web.platform.words import WORDS
from entrypoints.web.visitors import Visitor

router = APIRouter()
Watcher = Annotated[Visitor, visiting("watch")]
PAGE = 100
MOST_LIMITS = 500


@router.get("/platform")
def overview(request: Request, service: Serving, visitor: Watcher) -> Response:
    """Everything at a glance; it renews itself where the browser can."""
    follows = may(visitor, "see_usage")
    values = of_seen(service.board.fresh(), meter_names(service.session.catalog), follows=follows)
    return page(request, visitor, "platform/overview.html", **values)


@router.get("/platform/limits")
def limits(request: Request, service: Serving, visitor: Watcher) -> Response:
    """Every limit of this month that is nearly full, or more."""
    values: dict[str, Any] = {
        "limits": service.board.limits(),
        "most": MOST_LIMITS,
        "names": meter_names(service.session.catalog),
        "in_unit": in_unit,
        "follows": may(visitor, "see_usage"),
    }
    return page(request, visitor, "platform/limits.html", **values)


@router.get("/platform/reservations")
def reservations(
    request: Request,
    service: Serving,
    visitor: Watcher,
    order: str = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Open reservations; a person may give one back."""
    asked = (service.session.decisions, clock(), PAGE + 1, order or None, _place(after))
    found = read_reservations(*asked)
    if after and not found:
        raise NotHere(404, marked("There is nothing further."))
    last = found[PAGE - 1] if len(found) > PAGE else None
    further = (
        f"{last['expires_at'].astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}~{last['id']}" if last else ""
    )
    values: dict[str, Any] = {
        "found": found[:PAGE],
        "order": order,
        "further": further,
        "names": meter_names(service.session.catalog),
        "follows": may(visitor, "see_usage"),
    }
    return page(request, visitor, "platform/reservations.html", **values)


def _place(after: str) -> tuple[datetime, str] | None:
    """Where a list goes on: when the last one shown ends, and its id."""
    if not after:
        return None
    at, _, own = after.partition("~")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), own
    except (ValueError, OverflowError):
        raise NotHere(404, marked("There is nothing further.")) from None


@router.get("/platform/deliveries")
def deliveries(request: Request, service: Serving, visitor: Watcher) -> Response:
    """Deliveries of webhooks that failed, with what was answered."""
    troubles = read_troubles(service.session.decisions, PAGE)
    values: dict[str, Any] = {"troubles": troubles, "follows": may(visitor, "see_usage")}
    return page(request, visitor, "platform/deliveries.html", **values)


@router.get("/platform/acts")
def acts(request: Request, service: Serving, visitor: Watcher) -> Response:
    """What people did by hand."""
    found = last_acts(service.session.decisions)
    return page(request, visitor, "platform/acts.html", acts=found, words=WORDS)


for part in (acting, letters.router, keys.router, live.router):
    router.include_router(part)
