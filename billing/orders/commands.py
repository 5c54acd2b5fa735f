"""Commands on orders: what comes in is checked, what is valid is recorded, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions, keep_account, keep_order, plain
from billing.orders.checks import check_order
from billing.orders.order import (
    ACCOUNT,
    TERMS,
    AccountKept,
    Order,
    Placed,
    account_key,
    changed,
    evolve,
    order_key,
)
from billing.orders.routes import route
from billing.orders.terms import Account, OrderTerms
from billing.scenario import OrderFileShape, read_orders
from metering.problems import Problem, ProblemsFound
from metering.routes import OrderRoute, Routes
from metering.store import Statement

ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    placed: int
    unchanged: int
    accounts: int


def import_orders(
    decisions: Decisions, shape: OrderFileShape, catalog: Catalog, now: datetime
) -> Imported:
    """Places the orders of a file, and keeps its accounts; the same file twice changes nothing.

    Raises ProblemsFound with every problem of the file; then nothing of it is recorded.
    """
    for _ in range(ATTEMPTS):
        try:
            return _import(decisions, shape, catalog, now)
        except IntegrityError:
            continue  # another import was first: look again at what there is
    raise IntegrityError("other imports were first each time")


def _import(
    decisions: Decisions, shape: OrderFileShape, catalog: Catalog, now: datetime
) -> Imported:
    known = decisions.accounts()
    orders = read_orders(shape.accounts, shape.orders, catalog, known)
    placed = decisions.placed(list(orders.terms))
    problems = [
        _exists(i, key)
        for i, (key, terms) in enumerate(orders.terms.items())
        if key in placed and placed[key] != terms
    ]
    if problems:
        raise ProblemsFound(problems)
    accounts = [a for key, a in orders.accounts.items() if known.get(key) != a]
    versions = decisions.account_versions([account.id for account in accounts])
    events: list[Any] = []
    statements: list[Statement] = []
    for account in accounts:
        version = versions.get(account.id, 0) + 1
        events.append(_kept(account, version, now))
        statements.append(keep_account(account, version))
    fresh = [terms for key, terms in orders.terms.items() if key not in placed]
    for terms in fresh:
        event = _placed(terms, now)
        events.append(event)
        statements.append(keep_order(evolve(None, event)))
    if events:
        decisions.save(*events, statements=statements)
    return Imported(len(fresh), len(orders.terms) - len(fresh), len(accounts))


def _exists(index: int, order: str) -> Problem:
    message = (
        f"order {order} exists with other content: change it with `licznik orders change`, "
        "or give this one an id of its own"
    )
    return Problem("order_exists", f"orders[{index}].id", message)


def _kept(account: Account, version: int, now: datetime) -> AccountKept:
    return AccountKept(
        originator_id=account_key(account.id),
        originator_version=version,
        recorded_at=now,
        details=dict(plain(ACCOUNT, account)),
    )


def _placed(terms: OrderTerms, now: datetime) -> Placed:
    return Placed(
        originator_id=order_key(terms.id),
        originator_version=1,
        recorded_at=now,
        terms=dict(plain(TERMS, terms)),
    )


def change_order(decisions: Decisions, order: Order, event: Any, catalog: Catalog) -> Order:
    """Records a change whose result is a valid order; raises ProblemsFound if it is not."""
    problems = check_order(changed(order.terms, event), catalog)
    if problems:
        raise ProblemsFound(problems)
    return decisions.record(order, event)


def next_event(order: Order, now: datetime) -> dict[str, Any]:
    """What the next event of an order says of itself."""
    return {
        "originator_id": order_key(order.id),
        "originator_version": order.version + 1,
        "recorded_at": now,
    }


class RouteBook:
    """The routes of orders, looked up once each and kept for as long as a command runs.

    Orders that differ only in what a route does not depend on, such as prices, share their meters.
    """

    def __init__(self, decisions: Decisions, catalog: Catalog) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._routes: dict[str, OrderRoute] = {}
        self._alike: dict[str, OrderRoute] = {}
        self._unknown: set[str] = set()

    def find(self, orders: Iterable[str]) -> Routes:
        """The routes of every order met so far, these included."""
        new = [key for key in orders if key not in self._routes and key not in self._unknown]
        if new:
            self._look_up(new)
            self._unknown.update(key for key in new if key not in self._routes)
        return self._routes

    def _look_up(self, orders: list[str]) -> None:
        for row in self._decisions.rows(ROUTED_TERMS, orders):
            shared = row["terms"]
            if shared not in self._alike:
                self._alike[shared] = route(_routed(shared), self._catalog)
            alike = self._alike[shared]
            self._routes[row["id"]] = OrderRoute(row["id"], alike.service, alike.meters)


ROUTED_TERMS = """
    SELECT id,
        (terms - '{id,account,currency,agreed_launch_date,sla,prices,caps,policies}'::text[])::text
            AS terms
    FROM customer_order WHERE id = ANY(%s)
"""
"""The terms of some orders, without those that their routes do not depend on, as text."""


def _routed(terms: str) -> OrderTerms:
    """Terms that have only what a route depends on."""
    own = orjson.loads(terms)
    rest = {"id": "", "account": "", "currency": "", "sla": []}
    whole = {**own, **rest, "agreed_launch_date": own["launch_date"]}
    return TERMS.validate_python(whole)
