"""Issuing: drafts become invoices with gapless numbers, a chunk in one transaction.

The draft, its number and the series' last number are committed together or not at all, so a crash
leaves nothing half-issued and no gap; an order that has its invoice is passed over, so that running
twice issues nothing twice. What a draft was made of is still so when it is saved, or it is made
again: other runs may bill the same late usage meanwhile, and orders may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog, Seller
from billing.decisions import Decisions
from billing.rating.charges import Charge
from invoices import queries
from invoices.drafting import CHUNK, Customer, Draft, customers, draft_all
from invoices.invoice import InvoiceDrafted, InvoiceIssued, invoice_key
from invoices.notices.kinds import INVOICE_ISSUED, InvoiceIssuedData
from invoices.notices.outbox import Notice, keep_notice, notice_of
from metering.calendar import Period, local_day
from metering.problems import Problem
from metering.store import SaveConflict, Statement, UsageStore

ATTEMPTS = 20


@dataclass
class RunOutcome:
    """What an invoice run did: how many were issued, had nothing to charge, were there already.

    ``to_correct`` and ``to_invoice`` are orders with an earlier period whose own invoice must be
    corrected, or is missing; ``carried`` are the credits that orders' invoices have no room for.
    """

    issued: int = 0
    nothing_to_charge: int = 0
    already_issued: int = 0
    documents: list[Mapping[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    to_correct: list[tuple[str, str]] = field(default_factory=list)
    to_invoice: list[tuple[str, str]] = field(default_factory=list)
    carried: list[tuple[str, Charge]] = field(default_factory=list)


class InvoiceRun:
    """Invoices every order for one period. ``now`` is when, and the day of issue."""

    def __init__(
        self,
        decisions: Decisions,
        usage: UsageStore,
        catalog: Catalog,
        period: Period,
        now: datetime,
    ) -> None:
        self._decisions = decisions
        self._usage = usage
        self._catalog = catalog
        self._period = period
        self._now = now
        self.outcome = RunOutcome()

    def orders(self) -> list[Customer]:
        """The orders that have no invoice for the period yet."""
        found = customers(self._decisions, self._period)
        self.outcome.already_issued = sum(own.status == "issued" for own in found)
        return [own for own in found if own.status != "issued"]

    def preview(self, orders: list[Customer]) -> Iterator[int]:
        """Drafts without keeping anything; yields how many orders are done."""
        drafts = draft_all(self._decisions, self._usage, self._catalog, orders, self._period)
        for done, draft in enumerate(drafts, 1):
            if self._count(draft) and draft.document is not None:
                self.outcome.documents.append(draft.document)
            yield done

    def issue(self, orders: list[Customer]) -> Iterator[int]:
        """Drafts and issues, a chunk at a time; yields how many orders are done."""
        for start in range(0, len(orders), CHUNK):
            chunk = orders[start : start + CHUNK]
            self._issue_chunk(chunk)
            yield start + len(chunk)

    def _issue_chunk(self, chunk: list[Customer]) -> None:
        for _ in range(ATTEMPTS):
            chunk = self._open(chunk)
            as_drafted = self._as_drafted(chunk)
            drafts = list(
                draft_all(self._decisions, self._usage, self._catalog, chunk, self._period)
            )
            try:
                self._save(drafts, as_drafted)
            except (IntegrityError, SaveConflict):
                continue
            self.outcome.issued += sum(self._count(draft) for draft in drafts)
            return
        raise SaveConflict(f"others took the numbers or changed the orders {ATTEMPTS} times")

    def _open(self, chunk: list[Customer]) -> list[Customer]:
        """Orders as they are now, without those that another run has invoiced meanwhile."""
        now = customers(self._decisions, self._period, [own.terms.id for own in chunk])
        open_ones = [own for own in now if own.status != "issued"]
        self.outcome.already_issued += len(now) - len(open_ones)
        return open_ones

    def _as_drafted(self, chunk: list[Customer]) -> Statement:
        """Holds in a save if all that drafts are made of, but for usage, is as it is now.

        Usage that comes after its draft is late, and billed later.
        """
        orders = [own.terms.id for own in chunk]
        drafted = {
            "orders": orders,
            "versions": [own.version for own in chunk],
            "account_versions": [own.account_version for own in chunk],
            **self._decisions.rows(queries.ISSUED_SO_FAR, orders=orders)[0],
        }
        return Statement(queries.AS_DRAFTED, drafted, changes=len(orders))

    def _count(self, draft: Draft) -> bool:
        """Adds a draft to the outcome; whether it makes an invoice."""
        order = draft.customer.terms.id
        self.outcome.problems += [problem.under(f"orders.{order}") for problem in draft.problems]
        self.outcome.to_correct += [(order, period) for period in draft.to_correct]
        self.outcome.to_invoice += [(order, period) for period in draft.to_invoice]
        self.outcome.carried += [(order, credit) for credit in draft.carried]
        self.outcome.nothing_to_charge += draft.document is None and not draft.problems
        return draft.document is not None

    def _save(self, drafts: Sequence[Draft], as_drafted: Statement) -> None:
        by_seller: dict[str, list[Draft]] = {}
        for draft in drafts:
            if draft.document is not None:
                by_seller.setdefault(draft.document["seller"]["id"], []).append(draft)
        events: list[Any] = []
        statements = [as_drafted]
        for seller, own in by_seller.items():
            made, rows = self._issued(self._catalog.sellers[seller], own)
            events += made
            statements += rows
        if events:
            self._decisions.save(*events, statements=statements)

    def _issued(self, seller: Seller, drafts: list[Draft]) -> tuple[list[Any], list[Statement]]:
        """The events and rows of a seller's next invoices."""
        day = local_day(self._now)
        series = seller.invoice_series.format(year=day.year)
        self._decisions.rows(queries.OPEN_SERIES, seller.id, series)
        last: int = self._decisions.rows(queries.LAST_NUMBER, seller.id, series)[0]["last"]
        moved = {"seller": seller.id, "series": series, "before": last, "last": last + len(drafts)}
        events: list[Any] = []
        statements = [Statement(queries.TAKE_NUMBERS, moved, changes=1)]
        for number, draft in enumerate(drafts, last + 1):
            drafted = self._drafted(draft)
            issued = _issue(drafted, f"{series}/{number:06}", series, day, seller, self._now)
            events += [drafted, issued]
            statements += _rows(drafted, issued)
        return events, statements

    def _drafted(self, draft: Draft) -> InvoiceDrafted:
        own = draft.customer
        return InvoiceDrafted(
            originator_id=invoice_key(own.terms.id, str(self._period)),
            originator_version=1,
            recorded_at=self._now,
            document=dict(draft.document or {}),
            order_version=own.version,
            account_version=own.account_version,
            usage_position=draft.usage_position,
            entries=draft.entries,
            adjusts=dict(draft.adjusts),
        )


def _issue(
    draft: InvoiceDrafted, number: str, series: str, day: date, seller: Seller, now: datetime
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
    )


def invoice_row(draft: InvoiceDrafted, issued: InvoiceIssued) -> dict[str, Any]:
    """The read model's row of an issued invoice."""
    document = draft.document
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
    }


def _rows(draft: InvoiceDrafted, issued: InvoiceIssued) -> Iterator[Statement]:
    yield Statement(queries.KEEP_INVOICE, invoice_row(draft, issued), changes=1)
    for period, entries in draft.adjusts.items():
        key = invoice_key(draft.document["order"], period)
        yield Statement(queries.COUNT_LATE, {"id": key, "entries": entries}, changes=1)
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
