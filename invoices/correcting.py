"""Drafts of corrections: what an invoice came to, what it comes to now, and the difference.

Policy ``late_usage: correction``. A draft is a value; nothing is issued here. Fees stay as they
were invoiced: only overage follows from usage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.edition import Catalog, Price
from billing.decisions import Decisions
from billing.documents import line_document, named_ledger
from billing.entitlements import Contract, contract
from billing.invoicing import InvoiceLine, describe
from billing.money import amount_text, money
from billing.orders.terms import OrderTerms
from billing.rating.adjustments import adjustments
from billing.rating.charges import Charge, charge
from billing.rating.rate import rate_period
from billing.reading import UsageReader
from invoices.earlier import earlier_periods
from invoices.finding import invoices_of
from invoices.invoice import Invoice
from invoices.late import billed_overage
from metering.as_of import amendments_since
from metering.calendar import Period
from metering.history import Rows
from metering.problems import Problem
from metering.store import UsageStore

Document = Mapping[str, Any]
SUMS = ("net", "vat", "gross")
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Correction:
    """An issued invoice as it is and as it would be; ``amendments`` are those it did not see."""

    before: Document
    after: Document
    problems: tuple[Problem, ...]
    amendments: tuple[str, ...]


def corrections(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    order: str | None = None,
    period: Period | None = None,
) -> Iterator[Correction]:
    """The draft of every correction that is due, of an order and period if they are given."""
    terms = decisions.terms([order] if order is not None else None)
    with usage.snapshot() as rows:
        for order_id, since in sorted(earlier_periods(rows, list(terms), None).since.items()):
            own = terms[order_id]
            invoices = invoices_of(decisions, own.id)
            for invoice in invoices:
                month = Period.parse(invoice.document["period"])
                if month >= since and period in (None, month):
                    yield from _correction(usage, rows, catalog, own, invoice, invoices)


def _correction(
    usage: UsageStore,
    rows: Rows,
    catalog: Catalog,
    terms: OrderTerms,
    invoice: Invoice,
    invoices: Iterable[Invoice],
) -> Iterator[Correction]:
    """The draft of an invoice's correction, where there is anything to correct."""
    period = Period.parse(invoice.document["period"])
    governed = contract(terms, catalog, period)
    if governed is None or governed.policies.late_usage != "correction":
        return
    reader = UsageReader(usage, rows, [terms.id], period)
    ledgers = {own.meter: own for own in rate_period(governed, reader.read(governed).usage).ledgers}
    billed = billed_overage((one.document for one in invoices), period)
    differences = [one for one in adjustments(governed, ledgers, billed) if one is not None]
    if not differences:
        return
    charges = [one for one in differences if isinstance(one, Charge)]
    named = [named_ledger(own, governed.edition) for own in ledgers.values()]
    yield Correction(
        before=invoice.document,
        after=_corrected(governed, invoice.document, charges, named),
        problems=tuple(one for one in differences if isinstance(one, Problem)),
        amendments=amendments_since(usage, rows, terms.id, period, invoice.draft.usage_position),
    )


def _corrected(
    governed: Contract,
    before: Document,
    differences: Iterable[Charge],
    ledgers: list[dict[str, Any]],
) -> dict[str, Any]:
    """The invoice as it would be, had its overage been what it is now."""
    changes = {one.item: one for one in differences}
    lines: list[Document] = []
    for line in before["lines"]:
        change = changes.pop(line["item"], None) if line["kind"] == "overage" else None
        lines += [line] if change is None else _restated(governed, change, line)
    rate = before["lines"][0]["vat_rate"]
    for change in changes.values():
        lines += _restated(governed, change, {"quantity": "0", "vat_rate": rate})
    groups = [_group(governed.catalog, group, lines, before) for group in before["vat_groups"]]
    sums = {name: f"{sum(Decimal(group[name]) for group in groups):.2f}" for name in SUMS}
    return {**before, "lines": lines, "vat_groups": groups, **sums, "ledgers": ledgers}


def _restated(governed: Contract, change: Charge, line: Document) -> list[dict[str, Any]]:
    """A line with its new quantity, rounded once; none where nothing is left to charge."""
    quantity = Fraction(line["quantity"]) + Fraction(change.quantity)
    where = f"prices.overage.{change.item}"
    made = charge(governed, "overage", change.item, quantity, Price(change.unit_price), where)
    if not isinstance(made, Charge):
        return []
    return [line_document(InvoiceLine(made, *describe(governed.edition, made), line["vat_rate"]))]


def _group(
    catalog: Catalog, group: Document, lines: Iterable[Document], before: Document
) -> dict[str, Any]:
    """The sums of a VAT rate; VAT is computed once, from the net."""
    rate, currency = group["vat_rate"], before["currency"]
    net = money(sum((Decimal(o["net"]) for o in lines if o["vat_rate"] == rate), ZERO), currency)
    percent = Fraction(catalog.vat.rates[rate].percent)
    vat = money(Fraction(net.amount) * percent / 100, currency)
    amounts = {"net": net, "vat": vat, "gross": net + vat}
    return {**group, **{name: amount_text(own) for name, own in amounts.items()}}
