"""Checks the sums of what is decided and kept against the single decisions and reservations."""

from __future__ import annotations

from collections.abc import Iterator

from metering import limit_queries
from metering.rebuilding import Difference
from metering.store import UsageStore


def hold_differences(store: UsageStore) -> Iterator[Difference]:
    """Every sum that is not that of its parts."""
    for row in store.rows(limit_queries.HOLD_DIFFERENCES):
        where = f"limits: {row['order_id']}, {row['meter']} {row['bucket']}".rstrip()
        made = f"{row['pending']:f} pending, {row['kept']:f} kept"
        yield Difference(where, made, f"{row['stored_pending']:f}, {row['stored_kept']:f}")
