"""The routes of orders in a process that runs on: they follow every change of an order at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.orders.order import TERMS
from billing.orders.routes import route
from metering.routes import OrderRoute, Routes

VERSIONS = "SELECT id, version FROM customer_order WHERE id = ANY(%s)"
TERMS_AND_VERSIONS = "SELECT id, version, terms FROM customer_order WHERE id = ANY(%s)"
MOST_KEPT = 20_000
"""So many orders are remembered; others are read again when they are met again."""


class LiveRoutes:
    """The routes of orders as they are at each look-up.

    A look-up asks for the versions of its orders, in one small query, and reads the terms of those
    that have changed. So an order that was just placed is known, and one that was ended has ended,
    from the next batch on. One thread at a time may use it.
    """

    def __init__(self, decisions: Decisions, catalog: Catalog, most: int = MOST_KEPT) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._most = most
        self._kept: OrderedDict[str, tuple[int, OrderRoute]] = OrderedDict()

    def find(self, orders: Iterable[str]) -> Routes:
        """The routes of those of some orders that exist."""
        wanted = [key for key in orders if key and "\0" not in key]  # no id has a NUL, no query may
        versions = self._versions(wanted) if wanted else {}
        self._read([key for key, version in versions.items() if self._version(key) != version])
        found = {key: self._kept[key][1] for key in versions}
        for key in found:
            self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found

    def _versions(self, orders: list[str]) -> dict[str, int]:
        return {row["id"]: row["version"] for row in self._decisions.rows(VERSIONS, orders)}

    def _version(self, order: str) -> int | None:
        return self._kept[order][0] if order in self._kept else None

    def _read(self, orders: list[str]) -> None:
        for row in self._decisions.rows(TERMS_AND_VERSIONS, orders) if orders else ():
            terms = TERMS.validate_python(row["terms"])
            self._kept[row["id"]] = (row["version"], route(terms, self._catalog))
