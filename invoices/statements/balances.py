"""How much of each meter an order has used so far, of how much: a statement's numbers alone.

It reads sums, no entries, and drafts no invoice, so that it can be asked often.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from billing.money import plain
from billing.rating.drawdown import NOTHING
from billing.rating.rate import rate_period
from billing.reading import UsageReader
from billing.statement import MeterStatement, statement
from invoices.statements.report import customer_query, served
from invoices.statements.rows import balance_row
from metering import limit_queries
from metering.calendar import Period
from metering.history import asked_sums
from metering.queries import POSITION
from metering.store import UsageStore


def read_balances(
    usage: UsageStore, catalog: Catalog, order: str, period: Period, now: datetime
) -> list[dict[str, Any]]:
    """The balance of each meter of an order; raises ProblemsFound where there is none.

    ``held`` is what reservations keep; it is not ``remaining`` any more.
    """
    reserved = {"order": order, "months": ["", str(period)]}
    ahead = [
        customer_query(order, period),
        (POSITION, {}),
        (limit_queries.RESERVED, reserved),
        *asked_sums([order], period),
    ]
    with usage.snapshot(*ahead) as rows:
        _, governed = served(rows, catalog, order, period)
        used = UsageReader(usage, rows, [order], period).read(governed).usage
        kept = rows(limit_queries.RESERVED, **reserved)
    held = {row["meter"]: row["reserved"] for row in kept}
    told = statement(governed, used, rate_period(governed, used), now)
    return [_with_held(row, held.get(row.meter.key, NOTHING)) for row in told.meters]


def _with_held(row: MeterStatement, held: Decimal) -> dict[str, Any]:
    """A meter's row; here ``kind`` is that of its limit."""
    left = None if row.remaining is None else max(row.remaining - held, NOTHING)
    told = balance_row(replace(row, remaining=left))
    kinds = {"kind": told.pop("limit_kind"), "meter_kind": told.pop("kind")}
    return {**told, **kinds, "held": plain(held)}
