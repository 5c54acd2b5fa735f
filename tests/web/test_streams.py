"""What is told as it happens is told no more when the session of who looks is over."""

from __future__ import annotations

import time
from itertools import takewhile

from entrypoints.alone import alone
from entrypoints.database import engine_for
from entrypoints.month_end import lock_of
from metering.calendar import Period
from tests.running import change
from tests.web.finance import ready
from tests.web.portal import Portal, Visit

MARCH = Period.parse("2026-03")
SOON = 20
RUN = """
    INSERT INTO month_run (period, part, only_checked, asked_by, started_at)
    VALUES ('2026-03-01', 'whole', false, 'Anna', now())
"""
EXPORT = """
    INSERT INTO data_export (id, order_id, account_id, first_day, last_day, format, asked_by,
                             asked_at, state, attempts, done, touched_at)
    VALUES (repeat('a', 32), 'acme-main', 'acme', '2025-10-01', '2025-10-31', 'csv', 'Anna',
            now(), 'running', 1, 0, now() + interval '1 hour')
"""


def ends_with_the_session(portal: Portal, visit: Visit, path: str) -> bool:
    """Whether a stream that has begun comes to its end when its reader is signed out."""
    with visit.client.stream("GET", path) as answer:
        told = answer.iter_lines()
        assert next(told) == "event: part"
        change(portal.database, "DELETE FROM web_session")
        deadline = time.monotonic() + SOON
        in_time = takewhile(lambda _: time.monotonic() < deadline, told)
        return "event: end" in in_time


def test_the_progress_of_a_month_ends_with_the_session(portal: Portal) -> None:
    """Though the run goes on."""
    ready(portal)
    finance, engine = portal.visit("finance"), engine_for(portal.database)
    with alone(engine, lock_of(MARCH)):
        change(portal.database, RUN)
        assert ends_with_the_session(portal, finance, f"/finance/months/{MARCH}/progress")
    engine.dispose()


def test_the_progress_of_an_export_ends_with_the_session(portal: Portal) -> None:
    """Though it is still being made."""
    ready(portal)
    change(portal.database, EXPORT)
    path = f"/orders/acme-main/exports/{'a' * 32}/live"
    assert ends_with_the_session(portal, portal.visit("customer"), path)
