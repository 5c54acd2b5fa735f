"""The progress of an export, sent to the page that shows it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import orjson
from fastapi import Response
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from entrypoints.cli.session import clock
from entrypoints.http.service import Service
from entrypoints.web.access import still_may
from entrypoints.web.dataout.views import Shown, shown
from entrypoints.web.pages import environment
from invoices.billing_data.exports import export_of

EVERY_SECONDS = 1
LONGEST_SECONDS = 600
"""A browser asks again by itself when the answer ends."""


def live(service: Service, export: str, code: str, token: str) -> Response:
    """Events until the export or the session is over; each holds the part of the page."""
    return EventSourceResponse(_events(service, export, code, token))


async def _events(
    service: Service, export: str, code: str, token: str
) -> AsyncIterator[ServerSentEvent]:
    for _ in range(LONGEST_SECONDS // EVERY_SECONDS):
        now = await run_in_threadpool(_now, service, export, code, token)
        if now is None or now.is_over:
            yield ServerSentEvent(event="end", data="over")
            return
        html = environment(code).get_template("dataout/progress.html").render(export=now)
        yield ServerSentEvent(
            event="part", data=orjson.dumps({"id": "progress", "html": html}).decode()
        )
        await asyncio.sleep(EVERY_SECONDS)


def _now(service: Service, export: str, code: str, token: str) -> Shown | None:
    decisions = service.session.decisions
    own = export_of(decisions, export) if still_may(decisions, token, "export") else None
    return shown(own, code, service.settings.exports.kept_days, clock()) if own else None
