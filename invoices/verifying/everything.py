"""Verification: balances, orders and issued invoices made again from the events, and compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions, plain
from billing.entitlements import Contract
from billing.orders.order import TERMS, Order, account_key, order_key, replay
from billing.rating.adjustments import Billed
from billing.reading import Reader
from invoices.deductions import by_noted_order, issued_before, netted
from invoices.drafting import Customer, billed_later, customer_then, draft_order
from invoices.exchange import exchanged, rates_for
from invoices.invoice import INVOICE, Invoice, invoice_key
from invoices.late import late_usage
from invoices.service import service_then
from invoices.verifying.comparing import Verification, compare, readable, streams
from invoices.verifying.corrections import verify_corrections
from invoices.verifying.documents import (
    issued_documents,
    number_of,
    numbers_of,
    verify_numbers,
)
from invoices.verifying.files import file_differences
from invoices.verifying.ksef import verify_submissions
from invoices.verifying.messages import verify_messages
from invoices.verifying.notes import verify_notes
from invoices.verifying.notices import verify_notices
from invoices.verifying.offers import verify_offers
from invoices.verifying.payments import verify_payments
from invoices.verifying.service_levels import verify_service_levels
from metering.calendar import Period
from metering.history import Recorded, usage_of
from metering.holds import hold_differences
from metering.meters import Meter
from metering.rebuilding import Rebuilt
from metering.store import UsageStore

ACCOUNT_ROWS = "SELECT id, version, details FROM account"
ORDER_ROWS = "SELECT id, account_id, version, terms, placed FROM customer_order"


def verify(
    decisions: Decisions, usage: UsageStore, catalog: Catalog, reach: Callable[[int], None]
) -> Verification:
    """Compares everything that can be computed again."""
    rebuilt = Rebuilt(usage, catalog.meters)
    rebuilt.rebuild(reach)
    result = Verification(
        balances=rebuilt.compared,
        amendments=len(rebuilt.amendments),
        differences=rebuilt.differences,
    )
    _verify_accounts(decisions, result)
    _verify_orders(decisions, result)
    result.differences += hold_differences(usage)
    issued = _verify_invoices(decisions, catalog, rebuilt, result)
    verify_numbers(decisions, [*numbers_of(issued), *verify_offers(decisions, result)], result)
    verify_messages(decisions, result)
    verify_payments(decisions, result)
    verify_notices(decisions, issued, result)
    verify_service_levels(decisions, result)
    verify_submissions(decisions, result)
    return result


def _verify_accounts(decisions: Decisions, result: Verification) -> None:
    rows = {account_key(row.pop("id")): row for row in decisions.rows(ACCOUNT_ROWS)}
    for key in streams(decisions, account_key(""), rows):
        where = f"account {key.removeprefix(account_key(''))}"
        with readable(where, result):
            kept = list(decisions.events.get(key))
            made = {"version": len(kept), "details": vars(kept[-1])["details"]} if kept else None
            compare(where, made, rows.get(key), result)


def _verify_orders(decisions: Decisions, result: Verification) -> None:
    rows = {order_key(row.pop("id")): row for row in decisions.rows(ORDER_ROWS)}
    for key in streams(decisions, order_key(""), rows):
        result.orders += 1
        where = f"order {key.removeprefix(order_key(''))}"
        with readable(where, result):
            order = replay(decisions.events.get(key))
            compare(where, _order_row(order) if order else None, rows.get(key), result)


def _order_row(order: Order) -> dict[str, Any]:
    return {
        "account_id": order.terms.account,
        "version": order.version,
        "terms": plain(TERMS, order.terms),
        "placed": plain(TERMS, order.placed),
    }


def _verify_invoices(
    decisions: Decisions, catalog: Catalog, rebuilt: Rebuilt, result: Verification
) -> list[Invoice]:
    """Computes every issued invoice again, and returns all issued documents."""
    issued = issued_documents(decisions, result)
    result.differences += file_differences(decisions, issued)
    found = sorted((own for own in issued if own.kind == INVOICE), key=_snapshot)
    notes = by_noted_order(issued)
    for (period, position), group in groupby(found, key=_snapshot):
        own = list(group)
        reader = RebuiltReader(rebuilt, [i.draft.document["order"] for i in own], period, position)
        for invoice in own:
            with readable(f"invoice {invoice.id}", result):
                earlier = issued_before(notes.get(invoice.draft.document["order"], ()), invoice)
                _verify_invoice(decisions, catalog, reader, invoice, earlier, result)
    verify_corrections(catalog, issued, result)
    verify_notes(issued, result)
    return issued


def _snapshot(invoice: Invoice) -> tuple[Period, int]:
    return Period.parse(invoice.draft.document["period"]), invoice.draft.usage_position


def _verify_invoice(
    decisions: Decisions,
    catalog: Catalog,
    reader: RebuiltReader,
    invoice: Invoice,
    earlier: list[Invoice],
    result: Verification,
) -> None:
    """``earlier`` are the documents of the order before it, where there are notes among them."""
    draft, document = invoice.draft, invoice.draft.document
    own = customer_then(decisions, draft)
    since = min(map(Period.parse, draft.adjusts), default=None)
    late = late_usage(decisions, reader, catalog, own.terms, since, invoice.id) if since else None
    service = service_then(decisions, catalog, own.terms, invoice)
    rates = rates_for(decisions, [own.terms.currency], reader.period)
    elsewhere = _billed_later(decisions, own, invoice)
    drafted = draft_order(reader, catalog, own, late, service, elsewhere)
    made = netted(exchanged(drafted, rates, catalog.vat.percents), earlier)
    number = number_of(invoice)
    compare(f"invoice {number}", dict(made.document or {}), document, result)
    compare(f"invoice {number}: entries", made.entries, draft.entries, result)


def _billed_later(
    decisions: Decisions, own: Customer, invoice: Invoice
) -> Mapping[str, Billed] | None:
    """What later invoices had charged when an invoice took the place of another; else None."""
    period = invoice.draft.document["period"]
    if invoice.id == invoice_key(own.terms.id, period):
        return None
    return billed_later(decisions, own, Period.parse(period), invoice.id)


class RebuiltReader(Reader):
    """Reads usage as it was at a position, from rebuilt balances and pages alone."""

    def __init__(self, rebuilt: Rebuilt, orders: list[str], period: Period, position: int) -> None:
        super().__init__(rebuilt.store, period, position)
        self._rebuilt = rebuilt
        self._recorded = usage_of(rebuilt.as_of(position, period), orders, period)

    def _sums(self, order: str, period: Period) -> Recorded:
        if period == self.period:
            return self._recorded[order]
        return usage_of(self._rebuilt.as_of(self.position, period), [order], period)[order]

    def _days(self, governed: Contract, first: date, meters: Mapping[str, Meter]) -> Iterable[date]:
        return [day for day in governed.served_days() if day >= first]
