"""Drafts of corrections: what an invoice came to, what it comes to now, and the difference.

Policy ``late_usage: correction``, and credits of orders that have ended: no later invoice can give
them back. A draft is a value; nothing is issued here. Fees stay as they were invoiced: only overage
follows from usage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from billing.rating.adjustments import adjustments, only_credits
from billing.rating.charges import Charge, Ledger, charge
from billing.rating.rate import rate_period
from billing.reading import UsageReader
from invoices.earlier import earlier_periods
from invoices.finding import invoices_of
from invoices.invoice import Invoice
from invoices.late import billed_overage, has_ended
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
            own, invoices = terms[order_id], invoices_of(decisions, order_id)
            changed = _changed(usage, rows, catalog, own, invoices, since)
            for one in _due(list(changed), ended=has_ended(own, map(_period, invoices))):
                if period in (None, _period(one.invoice)):
                    yield _correction(usage, rows, one)


@dataclass(frozen=True, slots=True)
class _Changed:
    """An issued invoice whose period costs something else now."""

    invoice: Invoice
    contract: Contract
    ledgers: tuple[Ledger, ...]
    charges: tuple[Charge, ...]
    problems: tuple[Problem, ...]


def _period(invoice: Invoice) -> Period:
    return Period.parse(invoice.document["period"])


def _changed(
    usage: UsageStore,
    rows: Rows,
    catalog: Catalog,
    terms: OrderTerms,
    invoices: Sequence[Invoice],
    since: Period,
) -> Iterator[_Changed]:
    """Rates every invoiced period of an order from the first that changed."""
    documents = [own.document for own in invoices]
    for invoice in invoices:
        governed = contract(terms, catalog, _period(invoice))
        if governed is None or governed.period < since:
            continue
        reader = UsageReader(usage, rows, [terms.id], governed.period)
        ledgers = rate_period(governed, reader.read(governed).usage).ledgers
        billed = billed_overage(documents, governed.period)
        found = list(adjustments(governed, {own.meter: own for own in ledgers}, billed))
        charges = tuple(one for one in found if isinstance(one, Charge))
        problems = tuple(one for one in found if isinstance(one, Problem))
        if charges or problems:
            yield _Changed(invoice, governed, ledgers, charges, problems)


def _due(changed: Sequence[_Changed], *, ended: bool) -> Sequence[_Changed]:
    """What is corrected by policy, and what no later invoice of an ended order can give back."""
    adjusted = [one for one in changed if one.contract.policies.late_usage == "adjustment"]
    charges = [own for one in adjusted for own in one.charges]
    if ended and only_credits(charges) and not any(one.problems for one in adjusted):
        return changed
    return [one for one in changed if one.contract.policies.late_usage == "correction"]


def _correction(usage: UsageStore, rows: Rows, own: _Changed) -> Correction:
    """The draft of an invoice's correction."""
    governed, before = own.contract, own.invoice.document
    named = [named_ledger(one, governed.edition) for one in own.ledgers]
    position = own.invoice.draft.usage_position
    return Correction(
        before=before,
        after=_corrected(governed, before, own.charges, named),
        problems=own.problems,
        amendments=amendments_since(usage, rows, governed.terms.id, governed.period, position),
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
