"""Runs a back-test on what is recorded: reads it once, and rates it on every core."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.plans.backtest import BackTest, OrderEffect, RecordedOrder, gathered, order_effect
from billing.plans.changes import Changes, changed_catalog
from billing.plans.recorded import recorded_orders
from metering.calendar import Period
from metering.store import UsageStore

FEW_MONTHS = 2_000
"""So many months of orders are rated sooner here than in processes that must start first."""


@dataclass(frozen=True)
class _Share:
    """What one process rates."""

    catalog: Catalog
    changes: Changes
    orders: Sequence[RecordedOrder]


def run_back_test(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    changes: Changes,
    months: tuple[Period, Period],
    orders: Sequence[str] | None = None,
    processes: int | None = None,
) -> BackTest:
    """What a change would have made of the recorded months of some orders, or of all.

    So many ``processes`` share the orders; unless said, as many as there are cores, where it pays.
    """
    found = recorded_orders(decisions, usage, catalog, *months, changes, orders)
    if processes is None:
        many = sum(len(own.months) for own in found)
        processes = 1 if many <= FEW_MONTHS else os.cpu_count() or 1
    if processes == 1:
        return gathered(_rated(_Share(catalog, changes, found)))
    shares = [_Share(catalog, changes, found[n::processes]) for n in range(processes)]
    context = multiprocessing.get_context("spawn")  # a fork would share the database's connections
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        return gathered(effect for part in pool.map(_rated, shares) for effect in part)


def _rated(share: _Share) -> list[OrderEffect]:
    after = changed_catalog(share.catalog, share.changes)
    return [order_effect(share.catalog, after, share.changes, own) for own in share.orders]
