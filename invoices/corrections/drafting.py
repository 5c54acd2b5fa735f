"""Drafts of corrections that are due: usage that came late, or was amended, after the invoice.

Policy ``late_usage: correction``, and credits of orders that have ended: no later invoice can give
them back. A draft is a value; `invoices.corrections.desk` issues it. Fees stay as they were
invoiced: only overage follows from usage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.edition import Catalog, Price
from billing.decisions import Decisions
from billing.documents import line_document, named_ledger
from billing.entitlements import Contract, contract
from billing.invoicing import InvoiceLine, describe
from billing.orders.terms import OrderTerms
from billing.rating.adjustments import adjustments, only_credits
from billing.rating.charges import Charge, Ledger, charge
from billing.rating.rate import rate_period
from billing.reading import UsageReader
from invoices.earlier import earlier_periods
from invoices.finding import invoices_of, not_annulled
from invoices.invoice import Invoice
from invoices.late import billed_overage, has_ended
from invoices.restating import Document, restated, state_of
from metering.as_of import amendments_since
from metering.calendar import Period
from metering.history import Rows
from metering.problems import Problem
from metering.store import UsageStore


@dataclass(frozen=True, slots=True)
class Correction:
    """An issued invoice as it is, its corrections in it, and as it would be.

    ``earlier`` counts those corrections, ``amendments`` are those that the invoice did not see.
    ``entries`` are the usage entries that the new state rests on, None where usage has no part.
    ``reopened`` are other periods whose late usage is given back, so that it is billed again.
    """

    original: Invoice
    earlier: int
    before: Document
    after: Document
    problems: tuple[Problem, ...] = ()
    amendments: tuple[str, ...] = ()
    entries: int | None = None
    position: int = 0
    reopened: tuple[str, ...] = ()


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
            changed = list(changed_usage(usage, rows, catalog, own, invoices, since))
            for one in _due(changed, ended=has_ended(own, map(period_of, invoices))):
                if period in (None, period_of(one.invoice)):
                    yield usage_correction(usage, rows, one, invoices)


def corrections_of(invoice: Invoice, issued: Sequence[Invoice]) -> list[Invoice]:
    """The corrections of an invoice among some documents, in the order of their issue."""
    return [own for own in issued if own.draft.corrects == invoice.id]


@dataclass(frozen=True, slots=True)
class Changed:
    """An issued invoice whose period costs something else now."""

    invoice: Invoice
    contract: Contract
    ledgers: tuple[Ledger, ...]
    charges: tuple[Charge, ...]
    problems: tuple[Problem, ...]
    entries: int
    position: int


def period_of(invoice: Invoice) -> Period:
    return Period.parse(invoice.document["period"])


def changed_usage(
    usage: UsageStore,
    rows: Rows,
    catalog: Catalog,
    terms: OrderTerms,
    invoices: Sequence[Invoice],
    since: Period,
) -> Iterator[Changed]:
    """Rates every invoiced period of an order from the first that changed."""
    documents = [own.document for own in invoices]
    for invoice in not_annulled(invoices):
        governed = contract(terms, catalog, period_of(invoice))
        if governed is None or governed.period < since:
            continue
        reader = UsageReader(usage, rows, [terms.id], governed.period)
        recorded = reader.read(governed)
        ledgers = rate_period(governed, recorded.usage).ledgers
        billed = billed_overage(documents, governed.period)
        found = list(adjustments(governed, {own.meter: own for own in ledgers}, billed))
        charges = tuple(one for one in found if isinstance(one, Charge))
        problems = tuple(one for one in found if isinstance(one, Problem))
        if charges or problems:
            sources = recorded.entries, reader.position
            yield Changed(invoice, governed, ledgers, charges, problems, *sources)


def _due(changed: Sequence[Changed], *, ended: bool) -> Sequence[Changed]:
    """What is corrected by policy, and what no later invoice of an ended order can give back."""
    adjusted = [one for one in changed if one.contract.policies.late_usage == "adjustment"]
    charges = [own for one in adjusted for own in one.charges]
    if ended and only_credits(charges) and not any(one.problems for one in adjusted):
        return changed
    return [one for one in changed if one.contract.policies.late_usage == "correction"]


def usage_correction(
    usage: UsageStore, rows: Rows, own: Changed, issued: Sequence[Invoice]
) -> Correction:
    """The draft of an invoice's correction for its usage."""
    governed, earlier = own.contract, corrections_of(own.invoice, issued)
    before = state_of(own.invoice.document, [one.document for one in earlier])
    named = [named_ledger(one, governed.edition) for one in own.ledgers]
    seen = max(one.draft.usage_position for one in (own.invoice, *earlier))
    return Correction(
        original=own.invoice,
        earlier=len(earlier),
        before=before,
        after=_corrected(governed, before, own.charges, named),
        problems=own.problems,
        amendments=amendments_since(usage, rows, governed.terms.id, governed.period, seen),
        entries=own.entries,
        position=own.position,
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
        change = changes.get(line["item"]) if line["kind"] == "overage" else None
        if change is None or change.unit_price != Decimal(line["unit_price"]):
            lines.append(line)
        else:
            lines += _restated(governed, changes.pop(line["item"]), line)
    rate = before["vat_groups"][0]["vat_rate"]
    for change in changes.values():
        lines += _restated(governed, change, {"quantity": "0", "vat_rate": rate})
    return {**restated(before, lines, governed.catalog.vat), "ledgers": ledgers}


def _restated(governed: Contract, change: Charge, line: Document) -> list[dict[str, Any]]:
    """A line with its new quantity, rounded once; none where nothing is left to charge."""
    quantity = Fraction(line["quantity"]) + Fraction(change.quantity)
    where = f"prices.overage.{change.item}"
    made = charge(governed, "overage", change.item, quantity, Price(change.unit_price), where)
    if not isinstance(made, Charge):
        return []
    return [line_document(InvoiceLine(made, *describe(governed.edition, made), line["vat_rate"]))]
