"""Orders in a process that runs on: their terms and routes follow every change at once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.orders.order import TERMS
from billing.orders.routes import not_loaded, route, route_until_loaded
from billing.orders.terms import OrderTerms
from metering.history import Rows
from metering.routes import OrderRoute, Routes

VERSIONS = "SELECT id, version FROM customer_order WHERE id = ANY(%s)"
TERMS_AND_VERSIONS = "SELECT id, version, terms FROM customer_order WHERE id = ANY(%s)"
MOST_KEPT = 20_000
"""So many orders are remembered; others are read again when they are met again."""


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """An order as of a version."""

    version: int
    terms: OrderTerms
    route: OrderRoute


class LiveOrders:
    """Orders as they are at each look-up.

    A look-up asks for the versions of its orders, in one small query, and reads the terms of those
    that have changed. So an order that was just placed is known, and one that was ended has ended,
    from the next look-up on. One whose edition this process does not know is a problem of its own
    and of no other. Threads take turns.
    """

    def __init__(self, catalog: Catalog, most: int = MOST_KEPT) -> None:
        self._catalog = catalog
        self._most = most
        self._kept: OrderedDict[str, LiveOrder] = OrderedDict()
        self._turn = Lock()

    def find(self, rows: Rows, orders: Iterable[str]) -> dict[str, LiveOrder]:
        """Those of some orders that exist, read by ``rows``."""
        query, parameters = self.ahead(orders)
        with self._turn:
            return self._find(rows, rows(query, *parameters))

    def ahead(self, orders: Iterable[str]) -> tuple[str, tuple[list[str]]]:
        """The query that a look-up begins with."""
        # No id has a NUL, and no query may have one.
        return VERSIONS, ([key for key in orders if key and "\0" not in key],)

    def _find(self, rows: Rows, asked: Iterable[Mapping[str, Any]]) -> dict[str, LiveOrder]:
        versions = {row["id"]: row["version"] for row in asked}
        self._read(
            rows, [key for key, version in versions.items() if self._version(key) != version]
        )
        found = {key: self._kept[key] for key in versions}
        for key in found:
            self._kept.move_to_end(key)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found

    def _version(self, order: str) -> int | None:
        return self._kept[order].version if order in self._kept else None

    def _read(self, rows: Rows, orders: list[str]) -> None:
        for row in rows(TERMS_AND_VERSIONS, orders) if orders else ():
            terms = TERMS.validate_python(row["terms"])
            self._kept[row["id"]] = LiveOrder(row["version"], terms, self._route(terms))

    def _route(self, terms: OrderTerms) -> OrderRoute:
        problem = not_loaded(terms, self._catalog)
        if problem is not None:
            return route_until_loaded(terms, self._catalog, problem)
        return route(terms, self._catalog)


class LiveRoutes:
    """The routes of orders as they are at each look-up."""

    def __init__(self, decisions: Decisions, catalog: Catalog, most: int = MOST_KEPT) -> None:
        self._decisions = decisions
        self._orders = LiveOrders(catalog, most)

    def find(self, orders: Iterable[str]) -> Routes:
        """The routes of those of some orders that exist."""
        found = self._orders.find(self._decisions.rows, orders)
        return {key: own.route for key, own in found.items()}
