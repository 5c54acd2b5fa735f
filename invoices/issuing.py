"""Issuing: drafts become invoices with gapless numbers, a chunk in one transaction.

The draft, its number and the series' last number are committed together or not at all, so a crash
leaves nothing half-issued and no gap; an order that has its invoice is passed over, so that running
twice issues nothing twice. What a draft was made of is still so when it is saved, or it is made
again: other runs may bill the same late usage meanwhile, and orders may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.rating.charges import Charge
from invoices.closing.fingerprints import fingerprint
from invoices.deductions import netted, noted
from invoices.drafting import CHUNK, Customer, Draft, as_drafted, customers, draft_all
from invoices.exchange import exchanged, rates_for
from invoices.invoice import InvoiceDrafted, invoice_key
from invoices.numbers import Numbered, by_seller, number
from metering.calendar import Period
from metering.problems import Problem
from metering.store import SaveConflict, Statement, UsageStore

ATTEMPTS = 20
DRAFT_CHANGED = Problem(
    "draft_changed", "draft", "the draft is another one than was approved: look at it again"
)


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
    """Invoices every order for one period, ``by`` somebody's word. ``now`` is the day of issue.

    Where somebody has approved drafts, a draft that is another one by now is not issued;
    ``approved`` are the marks of their content by order.
    """

    def __init__(
        self,
        decisions: Decisions,
        usage: UsageStore,
        catalog: Catalog,
        period: Period,
        now: datetime,
        approved: Mapping[str, str] | None = None,
        by: str = "",
    ) -> None:
        self._decisions = decisions
        self._usage = usage
        self._catalog = catalog
        self._period = period
        self._now = now
        self._approved = approved
        self._by = by
        self.outcome = RunOutcome()

    def orders(self) -> list[Customer]:
        """The orders that have no invoice for the period yet."""
        found = customers(self._decisions, self._period)
        self.outcome.already_issued = sum(own.status == "issued" for own in found)
        return [own for own in found if own.status != "issued"]

    def preview(self, orders: list[Customer], *, shown: bool = True) -> Iterator[int]:
        """Drafts without keeping anything; yields how many orders are done.

        The documents are in the outcome, unless they are not ``shown`` to anybody.
        """
        for done, draft in enumerate(self.drafts(orders), 1):
            if shown and draft.document is not None:
                self.outcome.documents.append(draft.document)
            yield done

    def drafts(self, orders: list[Customer]) -> Iterator[Draft]:
        """The drafts of some orders, each counted in the outcome; nothing is kept."""
        for draft in self._drafts(orders):
            self._count(draft)
            yield draft

    def issue(self, orders: list[Customer]) -> Iterator[int]:
        """Drafts and issues, a chunk at a time; yields how many orders are done."""
        for start in range(0, len(orders), CHUNK):
            chunk = orders[start : start + CHUNK]
            self._issue_chunk(chunk)
            yield start + len(chunk)

    def _issue_chunk(self, chunk: list[Customer]) -> None:
        for _ in range(ATTEMPTS):
            chunk = self._open(chunk)
            unchanged = as_drafted(self._decisions, chunk)
            drafts = [self._as_approved(draft) for draft in self._drafts(chunk)]
            try:
                ended = self._save(drafts, unchanged)
            except (IntegrityError, SaveConflict):
                continue
            self.outcome.issued += sum(self._count(draft) for draft in ended)
            return
        raise SaveConflict(f"others took the numbers or changed the orders {ATTEMPTS} times")

    def _drafts(self, orders: list[Customer]) -> Iterator[Draft]:
        """The drafts of some orders, with their VAT in złoty and what notes take from them."""
        currencies = {own.terms.currency for own in orders}
        rates = rates_for(self._decisions, currencies, self._period)
        notes = noted(self._decisions, [own.terms.id for own in orders])
        for draft in draft_all(self._decisions, self._usage, self._catalog, orders, self._period):
            made = exchanged(draft, rates, self._catalog.vat.percents)
            yield netted(made, notes.get(draft.customer.terms.id, ()))

    def _as_approved(self, draft: Draft) -> Draft:
        """A draft that somebody has approved, if that was asked for; another one is a problem."""
        if self._approved is None or draft.document is None:
            return draft
        if self._approved.get(draft.customer.terms.id) == fingerprint(draft.document):
            return draft
        return replace(draft, document=None, problems=(DRAFT_CHANGED,))

    def _open(self, chunk: list[Customer]) -> list[Customer]:
        """Orders as they are now, without those that another run has invoiced meanwhile."""
        now = customers(self._decisions, self._period, [own.terms.id for own in chunk])
        open_ones = [own for own in now if own.status != "issued"]
        self.outcome.already_issued += len(now) - len(open_ones)
        return open_ones

    def _count(self, draft: Draft) -> bool:
        """Adds a draft to the outcome; whether it makes an invoice."""
        order = draft.customer.terms.id
        self.outcome.problems += [problem.under(f"orders.{order}") for problem in draft.problems]
        self.outcome.to_correct += [(order, period) for period in draft.to_correct]
        self.outcome.to_invoice += [(order, period) for period in draft.to_invoice]
        self.outcome.carried += [(order, credit) for credit in draft.carried]
        self.outcome.nothing_to_charge += draft.document is None and not draft.problems
        return draft.document is not None

    def _save(self, drafts: Sequence[Draft], unchanged: Statement) -> list[Draft]:
        """Saves what can be issued; what cannot comes back with its problems."""
        numbered = Numbered()
        made = {draft.customer.terms.id: self._drafted(draft) for draft in drafts if draft.document}
        for seller, own in by_seller(made.values()).items():
            selling = self._catalog.sellers[seller]
            numbered.add(number(self._decisions, selling, own, self._now, self._by))
        if numbered.events:
            self._decisions.save(*numbered.events, statements=[unchanged, *numbered.statements])
        return [self._outcome(draft, made, numbered) for draft in drafts]

    def _outcome(
        self, draft: Draft, made: Mapping[str, InvoiceDrafted], numbered: Numbered
    ) -> Draft:
        """A draft as it ended: one that was refused its number has problems and no document."""
        own = made.get(draft.customer.terms.id)
        problems = numbered.refused.get(own.originator_id) if own else None
        return replace(draft, document=None, problems=problems) if problems else draft

    def _drafted(self, draft: Draft) -> InvoiceDrafted:
        own = draft.customer
        return InvoiceDrafted(
            originator_id=invoice_key(own.terms.id, str(self._period), own.annulled),
            originator_version=1,
            recorded_at=self._now,
            document=dict(draft.document or {}),
            order_version=own.version,
            account_version=own.account_version,
            usage_position=draft.usage_position,
            entries=draft.entries,
            adjusts=dict(draft.adjusts),
            service=draft.service,
        )
