"""Reads recorded months: the orders of a time, with what they used, as values for a back-test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import Contract, contract, timed_meters
from billing.orders.terms import OrderTerms
from billing.plans.backtest import RecordedMonth, RecordedOrder, changed_contract
from billing.plans.changes import Changes, changed_catalog
from billing.reading import UsageReader
from metering.calendar import Period, periods
from metering.store import UsageStore
from metering.usage import PeriodUsage


def recorded_orders(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    first: Period,
    last: Period,
    changes: Changes | None = None,
    orders: Sequence[str] | None = None,
) -> list[RecordedOrder]:
    """Some orders, or all, with their months of service from one period to another.

    All usage is read as of one moment, each period once for all orders. Single uses are there for
    meters whose cover depends on them, now or after the ``changes``.
    """
    terms = decisions.terms(None if orders is None else list(orders))
    after = changed_catalog(catalog, changes) if changes else None
    months: dict[str, list[RecordedMonth]] = {key: [] for key in terms}
    with usage.snapshot() as rows:
        for period in periods(first, last):
            served = dict(_in_service(terms, catalog, period))
            reader = UsageReader(usage, rows, list(served), period)
            for key, governed in served.items():
                would = changed_contract(governed, after, changes) if changes and after else None
                months[key].append(RecordedMonth(period, _usage(reader, governed, would)))
    return [RecordedOrder(own, tuple(months[key])) for key, own in terms.items() if months[key]]


def _in_service(
    terms: dict[str, OrderTerms], catalog: Catalog, period: Period
) -> Iterator[tuple[str, Contract]]:
    for key, own in terms.items():
        governed = contract(own, catalog, period)
        if governed is not None:
            yield key, governed


def _usage(reader: UsageReader, governed: Contract, would: Contract | None) -> PeriodUsage:
    """A month's usage with the single uses that either contract needs."""
    usage = reader.read(governed).usage
    more = timed_meters(would) - timed_meters(governed) if would else frozenset[str]()
    if would is None or not more:
        return usage
    timed = [*usage.timed, *(u for u in reader.read(would).usage.timed if u.meter in more)]
    return replace(usage, timed=tuple(sorted(timed, key=lambda use: use.at)))
