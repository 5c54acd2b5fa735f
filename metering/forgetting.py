"""Forgets decisions that nobody will ask about again: pages hold what was used.

An id stands for one request as long as its decision is remembered. So a caller may repeat a request
for `KEPT_DAYS` after it was decided, and a part for as long after its reservation is over; later
the same id would be a new request.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from metering import limit_queries
from metering.store import Statement, UsageStore, run

KEPT_DAYS = 62
"""For so many days a request may be repeated: the longest outage, and the month that it was in."""

MOST = 10_000
"""So much is forgotten in one transaction: others may wait for it."""

IN_TURN = (
    limit_queries.FORGET_RESERVATIONS,
    limit_queries.FORGET_DECISIONS,
    limit_queries.FORGET_HOLDS,
)


def forget(store: UsageStore, now: datetime) -> int:
    """Forgets what was over so long ago; returns how much that was. Several may do so at once."""
    before = now - timedelta(days=KEPT_DAYS)
    return sum(_forget(store, query, before) for query in IN_TURN)


def _forget(store: UsageStore, query: str, before: datetime) -> int:
    forgotten = 0
    while True:
        with store.datastore.transaction(commit=True) as curs:
            run(curs, Statement(query, {"before": before, "most": MOST}))
            forgotten += curs.rowcount
            if curs.rowcount < MOST:
                return forgotten
