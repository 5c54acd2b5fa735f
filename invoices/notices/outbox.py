"""The outbox: a notice is a row in the transaction of the fact that it tells of.

So there is no notice of what did not happen, and none is missing of what did.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid5

from billing.orders.order import Event
from invoices.notices import queries
from invoices.notices.kinds import Data, body_of
from metering.store import Statement

NAMES = UUID("8a1d3c52-5d0b-4d0e-9a53-2f6f0b8f3a11")
"""The namespace of the ids of notices."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told of one event; ``body`` is the text that is sent."""

    id: str
    kind: str
    occurred_at: datetime
    order_id: str
    account_id: str
    body: str


def notice_of(event: Event, kind: str, data: Data) -> Notice:
    """The notice that tells of an event: made again, it is the same."""
    body = body_of(kind, event.recorded_at, data)
    return Notice(notice_id(event), kind, event.recorded_at, data.order, data.account, body)


def notice_id(event: Event) -> str:
    """The id of the notice of an event. It has no dot, which separates what is signed."""
    return f"msg_{uuid5(NAMES, f'{event.originator_version} {event.originator_id}').hex}"


def keep_notice(notice: Notice) -> Statement:
    """Writes a notice and a delivery of it for each endpoint that listens."""
    return Statement(queries.KEEP_NOTICE, asdict(notice))
