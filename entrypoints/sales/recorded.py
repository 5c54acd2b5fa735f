"""Customers' recorded months for sales: sums of each meter, and nothing that names a call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from billing.decisions import Decisions
from billing.orders.terms import OrderTerms
from billing.prospects.reading import written
from billing.prospects.recorded import recorded_prospect
from entrypoints.cli.session import Session
from entrypoints.sales import queries
from metering.calendar import Period, local_day
from metering.history import read_usage
from metering.problems import Problem, ProblemsFound
from metering.usage import PeriodUsage

MOST_MONTHS = 12
LOOKED_THROUGH = 36
"""So many months are looked through for the last one with usage."""


def customers_orders(decisions: Decisions) -> list[str]:
    """Every order by its id."""
    return [row["id"] for row in decisions.rows(queries.ORDERS)]


def from_order(
    session: Session, order: str, months: int, now: datetime
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What an order used in its last whole months, as it would be typed, and its add-ons.

    Raises ProblemsFound where there is no such order, or it has no whole month in service yet.
    """
    terms = session.decisions.terms([order]).get(order)
    if terms is None:
        raise ProblemsFound([Problem("unknown_order", "order", f"there is no order {order}")])
    last = Period.of(local_day(now)).before()
    if terms.end_date is not None:
        last = min(last, Period.of(terms.end_date))
    with session.usage.snapshot() as rows:
        found = {own: read_usage(rows, [order], own)[order].usage for own in _back(last, terms)}
    if not found:
        message = f"order {order} has no whole month in service yet"
        raise ProblemsFound([Problem("too_early", "order", message)])
    used = dict(islice(_since_last_used(found), max(1, min(months, MOST_MONTHS))))
    prospect = recorded_prospect(order, terms, used, session.catalog)
    return written(prospect), prospect.wanted


def _back(last: Period, terms: OrderTerms) -> Iterator[Period]:
    """The months of service from the last one back, no more than are looked through."""
    first = Period.of(terms.launch_date)
    for _ in range(LOOKED_THROUGH):
        if last < first:
            return
        yield last
        last = last.before()


def _since_last_used(found: dict[Period, PeriodUsage]) -> Iterator[tuple[Period, PeriodUsage]]:
    """The months from the last one back in which anything was used up; all if nothing was."""
    last = max((own for own, usage in found.items() if usage.totals), default=max(found))
    return ((own, usage) for own, usage in found.items() if own <= last)
