"""Gives drafts their numbers: the next ones of a series, without a gap.

A draft, its number and the series' last number are committed together or not at all. A draft that
cannot be issued takes no number, and the next one gets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Seller
from billing.decisions import Decisions
from invoices import queries
from invoices.invoice import CORRECTION, INVOICE, NOTE, InvoiceDrafted, InvoiceIssued
from invoices.notices.kinds import INVOICE_ISSUED, InvoiceIssuedData
from invoices.notices.outbox import Notice, keep_notice, notice_of
from invoices.structured import structure
from metering.calendar import Period, local_day
from metering.problems import Problem
from metering.store import Statement


@dataclass
class Numbered:
    """Events and rows of documents that were given numbers; what cannot be issued has problems."""

    events: list[Any] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    issued: list[InvoiceIssued] = field(default_factory=list)
    refused: dict[str, tuple[Problem, ...]] = field(default_factory=dict)

    def add(self, other: Numbered) -> None:
        """Takes in what another one holds."""
        self.events += other.events
        self.statements += other.statements
        self.issued += other.issued
        self.refused |= other.refused


def series_of(seller: Seller, kind: str, day: date) -> str:
    """The series of a kind of document: a number is the series and a running number."""
    series = {
        INVOICE: seller.invoice_series,
        CORRECTION: seller.correction_series,
        NOTE: seller.note_series,
    }
    return series[kind].format(year=day.year)


def number(
    decisions: Decisions, seller: Seller, drafts: Sequence[InvoiceDrafted], now: datetime, by: str
) -> Numbered:
    """Numbers drafts of one kind and seller, in their order, by somebody's word.

    Nothing is saved yet.
    """
    day = local_day(now)
    series = series_of(seller, drafts[0].kind, day)
    decisions.rows(queries.OPEN_SERIES, seller.id, series)
    before: int = decisions.rows(queries.LAST_NUMBER, seller.id, series)[0]["last"]
    numbered, last = Numbered(), before
    for drafted in drafts:
        issued = _issue(drafted, f"{series}/{last + 1:06}", series, day, seller, now, by)
        structured = structure(drafted, issued, seller)
        if structured.problems:
            numbered.refused[drafted.originator_id] = structured.problems
            continue
        last += 1
        numbered.issued.append(issued)
        numbered.events += [drafted, issued, *structured.events]
        numbered.statements += [*_rows(drafted, issued), *structured.statements]
    moved = {"seller": seller.id, "series": series, "before": before, "last": last}
    if last > before:
        numbered.statements.insert(0, Statement(queries.TAKE_NUMBERS, moved, changes=1))
    return numbered


def _issue(
    draft: InvoiceDrafted,
    number: str,
    series: str,
    day: date,
    seller: Seller,
    now: datetime,
    by: str,
) -> InvoiceIssued:
    return InvoiceIssued(
        originator_id=draft.originator_id,
        originator_version=draft.originator_version + 1,
        recorded_at=now,
        number=number,
        series=series,
        issued_on=day,
        due_on=day + timedelta(days=seller.payment_days),
        told=True,
        by=by,
    )


def invoice_row(draft: InvoiceDrafted, issued: InvoiceIssued) -> dict[str, Any]:
    """The read model's row of an issued document."""
    document = draft.document
    deducted = sum((Decimal(own["amount"]) for own in document.get("deductions", ())), Decimal(0))
    return {
        "id": draft.originator_id,
        "order_id": document["order"],
        "account_id": document["account"],
        "period": Period.parse(document["period"]).first_day,
        "seller": document["seller"]["id"],
        "status": "issued",
        "number": issued.number,
        "issued_on": issued.issued_on,
        "due_on": issued.due_on,
        "currency": document["currency"],
        "net": document["net"],
        "vat": document["vat"],
        "gross": document["gross"],
        "entries": draft.entries,
        "recorded_at": issued.recorded_at,
        "kind": draft.kind,
        "corrects": draft.corrects,
        "deducted": deducted,
    }


def _rows(draft: InvoiceDrafted, issued: InvoiceIssued) -> Iterator[Statement]:
    yield Statement(queries.KEEP_INVOICE, invoice_row(draft, issued), changes=1)
    order = draft.document["order"]
    for period, entries in draft.adjusts.items():
        late = {"order": order, "period": Period.parse(period).first_day, "entries": entries}
        yield Statement(queries.COUNT_LATE, late, changes=1)
    if draft.corrects is not None:
        gross, annuls = draft.document["gross"], draft.annuls
        changed = {"id": draft.corrects, "gross": gross, "annuls": annuls}
        yield Statement(queries.CORRECT, changed, changes=1)
    if draft.kind == INVOICE:
        yield keep_notice(invoice_notice(draft, issued))


def invoice_notice(draft: InvoiceDrafted, issued: InvoiceIssued) -> Notice:
    """What is told of an issued invoice."""
    document = draft.document
    data = InvoiceIssuedData(
        order=document["order"],
        account=document["account"],
        number=issued.number,
        period=document["period"],
        issued_on=issued.issued_on,
        due_on=issued.due_on,
        currency=document["currency"],
        net=Decimal(document["net"]),
        vat=Decimal(document["vat"]),
        gross=Decimal(document["gross"]),
    )
    return notice_of(issued, INVOICE_ISSUED, data)


def by_seller(drafts: Iterable[InvoiceDrafted]) -> dict[str, list[InvoiceDrafted]]:
    """Drafts by the id of their seller, each in its place."""
    found: dict[str, list[InvoiceDrafted]] = {}
    for draft in drafts:
        found.setdefault(draft.document["seller"]["id"], []).append(draft)
    return found
