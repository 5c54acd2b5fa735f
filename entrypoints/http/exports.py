"""Billing data of an order as one file, streamed: the customer's own way out (Data Act)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from entrypoints.cli.session import clock
from entrypoints.http.access import allowed, check_visible
from entrypoints.http.openapi import OrderId, answers
from entrypoints.http.service import Serving
from entrypoints.keys import Key
from invoices.billing_data.exports import file_name
from invoices.billing_data.formats import WRITERS, Format, check_one_file
from invoices.billing_data.reading import (
    account_closed_on,
    check_span,
    customer_of,
    read_billing_data,
)
from metering.calendar import Span, local_day
from metering.problems import Problem, ProblemsFound

router = APIRouter(tags=["exports"])

Exporter = Annotated[Key, allowed("export")]
DAY = r"^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$"
DESCRIBED = '</register>; rel="describedby", </register.json>; rel="describedby"'
"""Every answer names the register: fields, contacts and rights (R134, R143)."""

CONTENTS: dict[str, Any] = {
    own.media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
    for own in WRITERS.values()
} | {
    "application/json": {"schema": {"type": "object"}},
    "text/csv": {"schema": {"type": "string"}},
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": CONTENTS, "description": "The billing data."},
    **answers(404, 409),
}


@router.get(
    "/v1/orders/{order:path}/export",
    summary="Itemised billing data of some days",
    response_class=StreamingResponse,
    responses=ANSWERS,
)
def get_export(
    service: Serving,
    key: Exporter,
    order: OrderId,
    first: Annotated[date, Query(alias="from", description="The first day, 2025-10-01.")],
    last: Annotated[date, Query(alias="to", description="The last day, included.")],
    form: Annotated[Format, Query(alias="format", description="The format.")] = Format.JSON,
) -> StreamingResponse:
    """Every entry of up to 365 days back. After closure it is made on request by an employee."""
    session, now = service.session, clock()
    check_visible(key, session.decisions, order)
    check_open(service, order)
    check_span(first, last, local_day(now))
    service.settler.settle(order)
    stores = (session.decisions, session.usage, session.catalog)
    data = read_billing_data(*stores, order, Span(first, last), now)
    check_one_file(data, form)
    writer = WRITERS[form]
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(order, first, last, form)}"',
        "Link": DESCRIBED,
    }
    parts = writer.parts(data, data.frames(), 1)
    return StreamingResponse(parts, media_type=writer.media, headers=headers)


def check_open(service: Serving, order: str) -> None:
    """Raises ProblemsFound where the order's account is closed (R125)."""
    decisions = service.session.decisions
    account = customer_of(decisions, order).id
    closed = account_closed_on(decisions, account, local_day(clock()))
    if closed is not None:
        message = (
            f"account {account} was closed on {closed}: its data are given out at the request of "
            "an entitled person alone"
        )
        raise ProblemsFound([Problem("account_closed", "order", message)])
