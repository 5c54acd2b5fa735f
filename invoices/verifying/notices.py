"""Verification of marks and notices: each row is what its event says, and none is missing.

Of a mark it is also looked at whether what was recorded as used had reached it. That so much had
been used is not computed again: it would mean to read all usage once for every mark.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from billing.decisions import Decisions
from billing.orders.order import Event
from invoices.invoice import INVOICE, Invoice
from invoices.notices import queries
from invoices.notices.mark_settings import MARK_STREAMS, MarksSet
from invoices.notices.outbox import Notice
from invoices.notices.watching import REACHED_STREAMS, MarkReached, mark_notice, mark_row
from invoices.numbers import invoice_notice
from invoices.verifying.comparing import Verification, compare, readable, streams
from metering.calendar import Period

MARK_ROWS = """
    SELECT order_id, period, meter, measure, mark, bound, used, reached_at FROM usage_mark
"""
SETTING_ROWS = "SELECT order_id, meter, marks FROM mark_setting"
EventT = TypeVar("EventT", bound=Event)


def verify_notices(decisions: Decisions, issued: Iterable[Invoice], result: Verification) -> None:
    """Compares the marks of orders, the marks reached and every notice with their events."""
    _verify_settings(decisions, result)
    told = [*_verify_marks(decisions, result), *_of_invoices(issued)]
    made = {notice.id: asdict(notice) for notice in told}
    stored = {row["id"]: dict(row) for row in decisions.rows(queries.NOTICES)}
    result.notices += len(stored)
    for key in sorted({*made, *stored}):
        compare(f"notice {key}", made.get(key), stored.get(key), result)


def _of_invoices(issued: Iterable[Invoice]) -> Iterator[Notice]:
    """The notices of invoices; one that was issued before there were notices has none.

    Corrections and accounting notes have none either.
    """
    for own in issued:
        if own.kind == INVOICE and own.issued is not None and own.issued.told:
            yield invoice_notice(own.draft, own.issued)


def _verify_settings(decisions: Decisions, result: Verification) -> None:
    rows: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row in decisions.rows(SETTING_ROWS):
        rows[f"{MARK_STREAMS}{row['order_id']}"][row["meter"]] = row["marks"]
    for key in streams(decisions, MARK_STREAMS, rows):
        with readable(key, result):
            made = {event.meter: event.marks for event in _events(decisions, key, MarksSet)}
            own = {meter: marks for meter, marks in made.items() if marks is not None}
            compare(key, own, dict(rows[key]), result)


def _verify_marks(decisions: Decisions, result: Verification) -> list[Notice]:
    """Compares the marks that were reached; returns what was to be told of them."""
    told: list[Notice] = []
    rows: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row in decisions.rows(MARK_ROWS):
        stream = f"{REACHED_STREAMS}{row['order_id']}/{Period.of(row['period'])}"
        rows[stream][_name(row)] = dict(row)
    for stream in streams(decisions, REACHED_STREAMS, rows):
        with readable(stream, result):
            events = list(_events(decisions, stream, MarkReached))
            told += map(mark_notice, events)
            result.marks += len(events)
            made = {_name(row): row for row in map(mark_row, events)}
            compare(stream, made, dict(rows[stream]), result)
            for event in events:
                reached = event.used * 100 >= event.within * event.mark
                compare(f"{stream}: {_name(mark_row(event))}: reached", True, reached, result)
    return told


def _name(row: Mapping[str, Any]) -> str:
    """What tells a mark from the others of an order's period."""
    return f"{row['mark']} % of {row['meter']}, {row['measure']} {row['bound']:f}"


def _events(decisions: Decisions, stream: str, kind: type[EventT]) -> Iterator[EventT]:
    for event in decisions.events.get(stream):
        if not isinstance(event, kind):
            raise ValueError(f"{stream} has an event {type(event).__name__}")
        yield event
