"""Which earlier periods a run must look at again: what changed, and what has no invoice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from billing.catalog.edition import Catalog
from billing.entitlements import contract
from billing.orders.terms import OrderTerms
from billing.rating.rate import rate_period
from billing.reading import UsageReader
from invoices import queries
from metering.calendar import Period
from metering.history import Rows
from metering.store import UsageStore


@dataclass(frozen=True, slots=True)
class EarlierPeriods:
    """Of some orders, the first invoiced period whose usage has changed, and those not invoiced.

    ``since`` is by order, ``not_invoiced`` the orders by period, from the first one that is known
    by usage or by an invoice: what was before that is none of ours.
    """

    since: Mapping[str, Period]
    not_invoiced: Mapping[Period, list[str]]


def earlier_periods(rows: Rows, orders: list[str], before: Period | None) -> EarlierPeriods:
    """The periods of some orders that need another look, those before one if it is given."""
    day = before.first_day if before else None
    found = rows(queries.EARLIER_PERIODS, first=day, orders=orders)
    not_invoiced: defaultdict[Period, list[str]] = defaultdict(list)
    for row in found:
        for period in _not_invoiced(row, before) if before else ():
            not_invoiced[period].append(row["order_id"])
    since = {row["order_id"]: Period.of(row["since"]) for row in found if row["since"]}
    return EarlierPeriods(since, not_invoiced)


def _not_invoiced(row: Mapping[str, Any], before: Period) -> Iterator[Period]:
    invoiced = set(map(Period.of, row["invoiced"] or ()))
    period = Period.of(row["first"]) if row["first"] else before
    while period < before:
        if period not in invoiced:
            yield period
        period = period.next()


def to_invoice(
    store: UsageStore,
    rows: Rows,
    catalog: Catalog,
    orders: Iterable[OrderTerms],
    not_invoiced: Mapping[Period, list[str]],
) -> dict[str, tuple[str, ...]]:
    """The periods without an invoice, by order, that would have one if they were run now.

    Either they never were, or they had nothing to charge until usage came late.
    """
    terms = {own.id: own for own in orders}
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for period in sorted(not_invoiced):
        own = [terms[order] for order in not_invoiced[period]]
        for order in _charged(store, rows, catalog, own, period):
            found[order] += (str(period),)
    return found


def _charged(
    store: UsageStore, rows: Rows, catalog: Catalog, orders: list[OrderTerms], period: Period
) -> Iterator[str]:
    reader = UsageReader(store, rows, [own.id for own in orders], period)
    for own in orders:
        governed = contract(own, catalog, period)
        rated = rate_period(governed, reader.read(governed).usage) if governed else None
        if rated and (rated.charges or rated.problems):
            yield own.id
