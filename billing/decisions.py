"""The store of decisions: orders, accounts and invoices, each change one event of the library.

Every save writes the read models in the same transaction (`billing.tables`, `invoices.tables`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from eventsourcing.persistence import IntegrityError, JSONTranscoder, Transcoding

from billing.orders.order import (
    ACCOUNT,
    TERMS,
    Order,
    evolve,
    order_key,
    replay,
)
from billing.orders.terms import Account, OrderTerms
from metering.problems import Problem, ProblemsFound
from metering.store import Statement, Store

KEEP_ACCOUNT = """
    INSERT INTO account (id, version, details) VALUES (%s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, details = excluded.details
"""
KEEP_ORDER = """
    INSERT INTO customer_order (id, account_id, version, terms, placed) VALUES (%s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET
        account_id = excluded.account_id, version = excluded.version, terms = excluded.terms
"""


TERMS_OF = """
    SELECT terms FROM customer_order WHERE %s::text[] IS NULL OR id = ANY(%s) ORDER BY id
"""


class DateAsISO(Transcoding):
    """Keeps days as days."""

    type = date
    name = "date_iso"

    def encode(self, obj: date) -> str:
        """A day as text."""
        return obj.isoformat()

    def decode(self, data: str) -> date:
        """A day from text."""
        return date.fromisoformat(data)


class Decisions(Store):
    """The streams of orders, accounts and invoices. Table ``decisions_events``."""

    name = "decisions"

    def register_transcodings(self, transcoder: JSONTranscoder) -> None:
        """Adds days to what the library can write."""
        super().register_transcodings(transcoder)
        transcoder.register(DateAsISO())

    def accounts(self) -> dict[str, Account]:
        """Every account, by its id."""
        rows = self.rows("SELECT details FROM account ORDER BY id")
        found = (ACCOUNT.validate_python(row["details"]) for row in rows)
        return {account.id: account for account in found}

    def terms(self, orders: list[str] | None = None) -> dict[str, OrderTerms]:
        """The terms of some orders, or of all, by their ids."""
        rows = self.rows(TERMS_OF, orders, orders)
        found = (TERMS.validate_python(row["terms"]) for row in rows)
        return {terms.id: terms for terms in found}

    def placed(self, orders: list[str]) -> dict[str, OrderTerms]:
        """The terms with which some orders were first placed, by their ids."""
        rows = self.rows("SELECT id, placed FROM customer_order WHERE id = ANY(%s)", orders)
        return {row["id"]: TERMS.validate_python(row["placed"]) for row in rows}

    def account_versions(self, accounts: list[str]) -> dict[str, int]:
        """How many events each of some accounts has."""
        rows = self.rows("SELECT id, version FROM account WHERE id = ANY(%s)", accounts)
        return {row["id"]: row["version"] for row in rows}

    def order(self, order_id: str) -> Order:
        """An order from its events; raises ProblemsFound where there is none."""
        order = replay(self.events.get(order_key(order_id)))
        if order is None:
            message = f"there is no order {order_id}: `licznik orders list` shows those there are"
            raise ProblemsFound([Problem("unknown_order", "order", message)])
        return order

    def record(self, order: Order, event: Any) -> Order:
        """Saves one more event of an order; raises ProblemsFound if somebody else was first."""
        after = evolve(order, event)
        try:
            self.save(event, statements=[keep_order(after)])
        except IntegrityError as error:
            message = f"order {order.id} was changed by somebody else meanwhile: look at it again"
            raise ProblemsFound([Problem("changed_meanwhile", "order", message)]) from error
        return after


def keep_order(order: Order) -> Statement:
    """The read model's row of an order."""
    row = (order.id, order.terms.account, order.version)
    return Statement(KEEP_ORDER, (*row, _json(TERMS, order.terms), _json(TERMS, order.placed)))


def keep_account(account: Account, version: int) -> Statement:
    """The read model's row of an account."""
    return Statement(KEEP_ACCOUNT, (account.id, version, _json(ACCOUNT, account)))


def _json(adapter: Any, value: Any) -> str:
    text: str = adapter.dump_json(value).decode()
    return text


def plain(adapter: Any, value: Any) -> Mapping[str, Any]:
    """A value as plain JSON data, for an event."""
    data: Mapping[str, Any] = adapter.dump_python(value, mode="json")
    return data
