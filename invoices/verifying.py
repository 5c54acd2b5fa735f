"""Verification: balances, orders and issued invoices made again from the events, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from eventsourcing.persistence import MapperDeserialisationError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions, plain
from billing.entitlements import Contract, timed_meters
from billing.orders.order import ACCOUNT, TERMS, account_key, order_key, replay
from billing.orders.terms import Account
from invoices import queries
from invoices.drafting import Customer, draft_order
from invoices.invoice import Invoice, replay_invoice
from invoices.issuing import invoice_row
from invoices.late import late_usage
from metering.calendar import Period
from metering.history import Recorded, read_uses, usage_of
from metering.pages import Page
from metering.rebuilding import Difference, Rebuilt
from metering.store import UsageStore


@dataclass
class Verification:
    """How much was compared, and what differs."""

    balances: int = 0
    orders: int = 0
    invoices: int = 0
    differences: list[Difference] = field(default_factory=list)


def verify(
    decisions: Decisions, usage: UsageStore, catalog: Catalog, reach: Callable[[int], None]
) -> Verification:
    """Compares everything that can be computed again."""
    rebuilt = Rebuilt(usage, catalog.meters)
    rebuilt.rebuild(reach)
    result = Verification(balances=rebuilt.compared, differences=rebuilt.differences)
    _verify_orders(decisions, result)
    _verify_invoices(decisions, catalog, rebuilt, result)
    _verify_numbers(decisions, result)
    return result


def _verify_orders(decisions: Decisions, result: Verification) -> None:
    for row in decisions.rows("SELECT id, version, terms FROM customer_order ORDER BY id"):
        result.orders += 1
        with _readable(f"order {row['id']}", result):
            order = replay(decisions.events.get(order_key(row["id"])))
            made = (order.version, plain(TERMS, order.terms)) if order else None
            _compare(f"order {row['id']}", made, (row["version"], row["terms"]), result)


class _readable:  # noqa: N801  # reads as a sentence in a with statement
    """Turns an event that cannot be read into a difference."""

    def __init__(self, where: str, result: Verification) -> None:
        self._where, self._result = where, result

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, error: BaseException | None, __: object) -> bool:
        if not isinstance(error, MapperDeserialisationError):
            return False
        self._result.differences.append(Difference(self._where, "a readable event", str(error)))
        return True


def _compare(where: str, made: Any, stored: Any, result: Verification) -> None:
    if made == stored:
        return
    if isinstance(made, dict) and isinstance(stored, dict):
        for key in sorted({*made, *stored}):
            _compare(f"{where}.{key}", made.get(key), stored.get(key), result)
    else:
        result.differences.append(Difference(where, str(made), str(stored)))


def _verify_invoices(
    decisions: Decisions, catalog: Catalog, rebuilt: Rebuilt, result: Verification
) -> None:
    found = list(_issued(decisions, result))
    found.sort(key=_snapshot)
    for (period, position), group in groupby(found, key=_snapshot):
        own = list(group)
        reader = RebuiltReader(rebuilt, [i.draft.document["order"] for i in own], period, position)
        for invoice in own:
            with _readable(f"invoice {invoice.id}", result):
                _verify_invoice(decisions, catalog, reader, invoice, result)


def _snapshot(invoice: Invoice) -> tuple[Period, int]:
    return Period.parse(invoice.draft.document["period"]), invoice.draft.usage_position


def _issued(decisions: Decisions, result: Verification) -> Iterator[Invoice]:
    """Every issued invoice from its events, its row in the read model compared."""
    late = {
        (i.draft.document["order"], period): count
        for i in _replayed(decisions, result)
        for period, count in i.draft.adjusts.items()
    }
    rows = {row["id"]: row for row in decisions.rows("SELECT * FROM invoice ORDER BY id")}
    for invoice in _replayed(decisions, result):
        result.invoices += 1
        row = rows[invoice.id]
        made = invoice_row(invoice.draft, invoice.issued) if invoice.issued else {}
        key = (invoice.draft.document["order"], invoice.draft.document["period"])
        made["entries"] = late.get(key, made.get("entries"))
        stored = {name: row[name] for name in made}
        texts = {name: f"{stored[name]:.2f}" for name in ("net", "vat", "gross")}
        _compare(f"invoice {row['number']}", made, {**stored, **texts}, result)
        yield invoice


def _replayed(decisions: Decisions, result: Verification) -> Iterator[Invoice]:
    for row in decisions.rows(queries.ISSUED):
        with _readable(f"invoice {row['id']}", result):
            invoice = replay_invoice(decisions.events.get(row["id"]))
            if invoice is not None:
                yield invoice


def _verify_invoice(
    decisions: Decisions,
    catalog: Catalog,
    reader: RebuiltReader,
    invoice: Invoice,
    result: Verification,
) -> None:
    draft, document = invoice.draft, invoice.draft.document
    own = _customer(decisions, document["order"], document["account"], invoice)
    since = min(map(Period.parse, draft.adjusts), default=None)
    late = late_usage(decisions, reader, catalog, own.terms, since) if since else None
    made = draft_order(reader, catalog, own, late)
    number = invoice.issued.number if invoice.issued else invoice.id
    _compare(f"invoice {number}", dict(made.document or {}), document, result)
    _compare(f"invoice {number}: entries", made.entries, draft.entries, result)


def _customer(decisions: Decisions, order: str, account: str, invoice: Invoice) -> Customer:
    """The order and the account as they were when an invoice was drafted."""
    draft = invoice.draft
    terms = replay(decisions.events.get(order_key(order), lte=draft.order_version))
    kept = list(decisions.events.get(account_key(account), lte=draft.account_version))
    if terms is None or not kept:
        raise MapperDeserialisationError(f"order {order} or account {account} has no events")
    details: Account = ACCOUNT.validate_python(vars(kept[-1])["details"])
    return Customer(terms.terms, draft.order_version, details, draft.account_version, "issued")


class RebuiltReader:
    """Reads usage as it was at a position, from rebuilt balances and pages alone."""

    def __init__(self, rebuilt: Rebuilt, orders: list[str], period: Period, position: int) -> None:
        self.period = period
        self.position = position
        self._rebuilt = rebuilt
        self._recorded = usage_of(rebuilt.as_of(position, period), orders, period)

    def read(self, governed: Contract) -> Recorded:
        """An order's usage of a period, with single uses where rating needs them."""
        order, period = governed.terms.id, governed.period
        recorded = self._recorded[order]
        if period != self.period:
            rows = self._rebuilt.as_of(self.position, period)
            recorded = usage_of(rows, [order], period)[order]
        keys = timed_meters(governed)
        if not keys:
            return recorded
        meters = {key: governed.edition.meters[key].meter for key in keys}
        timed = read_uses(self._pages, order, governed.served_days(), meters)
        return replace(recorded, usage=replace(recorded.usage, timed=timed))

    def _pages(self, sheets: Iterable[str]) -> Iterator[Page]:
        return self._rebuilt.store.pages(sheets, self.position)


def _verify_numbers(decisions: Decisions, result: Verification) -> None:
    """The numbers of a series run from 1 to its last without a gap."""
    for series in decisions.rows("SELECT seller, series, last FROM invoice_series"):
        prefix = f"{series['series']}/"
        rows = decisions.rows(
            "SELECT number FROM invoice WHERE seller = %s AND starts_with(number, %s)",
            series["seller"],
            prefix,
        )
        numbers = sorted(int(row["number"].removeprefix(prefix)) for row in rows)
        expected = list(range(1, series["last"] + 1))
        _compare(f"numbers of series {series['series']}", expected, numbers, result)
