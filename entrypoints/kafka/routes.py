"""Routes for a process that runs on: orders are placed and changed meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.orders.commands import RouteBook
from metering.routes import Routes

SECONDS = 2
"""So old a route may be: an order that was placed or changed is known that much later."""


class FreshRoutes:
    """A book of routes that is begun anew every few seconds."""

    def __init__(self, decisions: Decisions, catalog: Catalog) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._until = 0.0
        self._book = RouteBook(decisions, catalog)

    def find(self, orders: Iterable[str]) -> Routes:
        """The routes of every order met lately, these included."""
        if time.monotonic() >= self._until:
            self._book = RouteBook(self._decisions, self._catalog)
            self._until = time.monotonic() + SECONDS
        return self._book.find(key for key in orders if "\0" not in key)
