"""Accounting notes: penalties of a period, stated to the customer outside VAT (R108-R112).

A note is made when the period is over and invoiced, since the fees that its invoice bills are the
base. There is one for an order and period; it is never issued again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import contract
from billing.sla.record import ServiceRecord
from billing.sla.recorded.reading import recorded_service
from invoices.closing.fingerprints import fingerprint
from invoices.drafting import Customer, as_drafted, customers
from invoices.finding import invoices_of
from invoices.invoice import NOTE, TAXED, InvoiceDrafted, note_key
from invoices.note_document import grounds, is_late, note_document, same_amounts
from invoices.numbers import Numbered, by_seller, number
from metering.calendar import Period
from metering.store import SaveConflict, Statement

ATTEMPTS = 20


@dataclass
class NoteOutcome:
    """What a run of notes did: the numbers it gave, and the orders it passed over.

    ``not_invoiced`` were repaired late and have no invoice of the period yet, ``changed`` have a
    note that says something else than their incidents say now, ``waiting`` one that nobody has
    approved: a person has to look at them.
    """

    issued: list[str] = field(default_factory=list)
    already_issued: int = 0
    not_invoiced: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    documents: list[dict[str, Any]] = field(default_factory=list)


class NoteRun:
    """Makes the notes of a period, by somebody's word. ``now`` is when, and the day of issue."""

    def __init__(
        self, decisions: Decisions, catalog: Catalog, period: Period, now: datetime, by: str = ""
    ) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._period = period
        self._now = now
        self._by = by
        self.outcome = NoteOutcome()

    def preview(self) -> NoteOutcome:
        """The notes as they would be."""
        self.outcome = NoteOutcome()
        record = recorded_service(self._decisions)
        drafts = self._drafts(record, self._customers(record))
        self.outcome.documents = [own.document for own in drafts]
        return self.outcome

    def issue(self, approved: Mapping[str, str] | None = None) -> NoteOutcome:
        """Issues what is not issued yet, all in one transaction.

        With ``approved``, the marks of notes by order, only those that still have this content.
        """
        for _ in range(ATTEMPTS):
            self.outcome = NoteOutcome()
            record = recorded_service(self._decisions)
            found = self._customers(record)
            unchanged = as_drafted(self._decisions, found)
            drafts = list(self._approved(self._drafts(record, found), approved))
            try:
                self.outcome.issued = self._save(drafts, unchanged)
            except (IntegrityError, SaveConflict):
                continue
            return self.outcome
        raise SaveConflict(f"others issued notes {ATTEMPTS} times")

    def _approved(
        self, drafts: Iterable[InvoiceDrafted], approved: Mapping[str, str] | None
    ) -> Iterator[InvoiceDrafted]:
        for own in drafts:
            order = own.document["order"]
            if approved is None or approved.get(order) == fingerprint(own.document):
                yield own
            else:
                self.outcome.waiting.append(order)

    def _save(self, drafts: list[InvoiceDrafted], unchanged: Statement) -> list[str]:
        numbered = Numbered()
        for seller, own in by_seller(drafts).items():
            selling = self._catalog.sellers[seller]
            numbered.add(number(self._decisions, selling, own, self._now, self._by))
        if numbered.events:
            self._decisions.save(*numbered.events, statements=[unchanged, *numbered.statements])
        return [own.number for own in numbered.issued]

    def _customers(self, record: ServiceRecord) -> list[Customer]:
        """The orders that have incidents."""
        orders = sorted({order for own in record.incidents for order in own.orders})
        return customers(self._decisions, self._period, orders)

    def _drafts(self, record: ServiceRecord, found: list[Customer]) -> Iterator[InvoiceDrafted]:
        for own in found:
            yield from self._draft(own, record.of(own.terms.id))

    def _draft(self, own: Customer, record: ServiceRecord) -> Iterator[InvoiceDrafted]:
        """The note of an order, if one is owed and not issued."""
        order, governed = own.terms.id, contract(own.terms, self._catalog, self._period)
        if governed is None:
            return
        issued = invoices_of(self._decisions, order, kinds=(*TAXED, NOTE))
        found = grounds(governed, record, issued)
        if found is None:
            self.outcome.not_invoiced += [order] if is_late(governed, record) else []
            return
        document = note_document(found, own.account)
        known = next((one for one in issued if one.id == note_key(order, str(self._period))), None)
        if known is not None:
            self.outcome.already_issued += 1
            if not same_amounts(document["lines"] if document else (), known.document["lines"]):
                self.outcome.changed.append(order)
        elif document is not None:
            yield self._drafted(own, document)

    def _drafted(self, own: Customer, document: dict[str, Any]) -> InvoiceDrafted:
        return InvoiceDrafted(
            originator_id=note_key(own.terms.id, str(self._period)),
            originator_version=1,
            recorded_at=self._now,
            document=document,
            order_version=own.version,
            account_version=own.account_version,
            usage_position=0,
            entries=0,
            adjusts={},
        )
