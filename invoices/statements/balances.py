"""How much of each meter an order has used so far, of how much: a statement's numbers alone.

It reads sums, no entries, and drafts no invoice, so that it can be asked often.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.rating.rate import rate_period
from billing.statement import statement
from invoices.reading import UsageReader
from invoices.statements.report import in_service
from invoices.statements.rows import balance_row
from metering.calendar import Period
from metering.store import UsageStore


def read_balances(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    order: str,
    period: Period,
    now: datetime,
) -> list[dict[str, Any]]:
    """The balance of each meter of an order; raises ProblemsFound where there is none."""
    _, governed = in_service(decisions, catalog, order, period)
    with usage.snapshot() as rows:
        used = UsageReader(usage, rows, [order], period).read(governed).usage
    told = statement(governed, used, rate_period(governed, used), now)
    return [balance_row(row) for row in told.meters]
