"""An order's balances of a period and nothing else: read often, so in as few queries as can be."""

from __future__ import annotations

from datetime import datetime

from billing.catalog.edition import Catalog
from billing.rating.rate import rate_period
from billing.statement import UsageStatement, statement
from invoices.reading import UsageReader
from invoices.statements.report import customer_query, served
from metering.calendar import Period
from metering.history import asked_sums
from metering.queries import POSITION
from metering.store import UsageStore


def read_balances(
    usage: UsageStore, catalog: Catalog, order: str, period: Period, now: datetime
) -> UsageStatement:
    """How much of each meter an order has used, of how much, and what is left.

    Raises ProblemsFound where there is no such order, or the period is not one of its service.
    """
    ahead = [customer_query(order, period), (POSITION, {}), *asked_sums([order], period)]
    with usage.snapshot(*ahead) as rows:
        _, governed = served(rows, catalog, order, period)
        recorded = UsageReader(usage, rows, [order], period).read(governed)
    rated = rate_period(governed, recorded.usage)
    return statement(governed, recorded.usage, rated, now)
