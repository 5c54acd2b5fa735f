"""Imports the transfers of a bank: each is recorded once, and put to the invoices it is for.

A chunk of them is one transaction: the payments, their allocations and what the invoices have paid.
So an import that was killed is simply started again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from eventsourcing.persistence import IntegrityError

from billing.decisions import Decisions
from invoices.payments import queries
from invoices.payments.booking import Booking
from invoices.payments.desk import ATTEMPTS, changed_meanwhile, concerned
from invoices.payments.identity import Identities, has_reference
from invoices.payments.matching import Due, Proposal, plain_tax_id, propose
from invoices.payments.payment import Received
from invoices.payments.titles import numbers_in
from metering.calendar import local_day
from metering.problems import Problem
from metering.store import SaveConflict

CHUNK = 200
"""Transfers saved together: other decisions wait for as long as that takes."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """A payment with the number of its line in the file."""

    line: int
    received: Received


@dataclass(frozen=True, slots=True)
class TransferResult:
    """What became of a transfer; one that was recorded before has no proposal."""

    payment: str
    transfer: Transfer
    recorded_at: datetime
    proposal: Proposal | None = None


@dataclass
class PaymentImportResult:
    """What became of all transfers of a file."""

    payments: list[TransferResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def recorded(self) -> list[tuple[TransferResult, Proposal]]:
        """The payments that are new, with what they were matched to."""
        return [(one, one.proposal) for one in self.payments if one.proposal is not None]

    @property
    def for_a_person(self) -> list[tuple[TransferResult, Proposal]]:
        """The new payments of which something is left."""
        return [(one, proposal) for one, proposal in self.recorded if proposal.reason]

    @property
    def known_by_content(self) -> list[TransferResult]:
        """Those recorded before that nothing but what they say tells from an equal new one."""
        before = (one for one in self.payments if one.proposal is None)
        return [one for one in before if not has_reference(one.transfer.received)]


class PaymentImport:
    """Records the transfers of one file; with ``dry_run`` it only says what it would do."""

    def __init__(self, decisions: Decisions, now: datetime, *, dry_run: bool = False) -> None:
        self._decisions = decisions
        self._now = now
        self._dry_run = dry_run
        self._matcher = Matcher(decisions)
        self.result = PaymentImportResult()

    def take(self, transfers: Sequence[Transfer]) -> Iterator[int]:
        """Takes a file's transfers; yields how many are done."""
        identities = Identities()
        named = [(identities.next(one.received), one) for one in transfers]
        # A dry run keeps nothing between two chunks, so all is one chunk to it.
        size = max(len(named), 1) if self._dry_run else CHUNK
        for start in range(0, len(named), size):
            chunk = named[start : start + size]
            self._take_chunk(chunk)
            yield start + len(chunk)

    def _take_chunk(self, chunk: Sequence[tuple[str, Transfer]]) -> None:
        chunk = [(key, one) for key, one in chunk if self._is_of_today(one)]
        for _ in range(ATTEMPTS):
            imported, problems, booking = self._prepare(chunk)
            try:
                if booking.events and not self._dry_run:
                    self._decisions.save(*booking.events, statements=booking.statements)
            except (IntegrityError, SaveConflict):
                continue  # somebody else was first: look again
            self.result.payments += imported
            self.result.problems += problems
            return
        raise changed_meanwhile()

    def _is_of_today(self, transfer: Transfer) -> bool:
        """Whether a transfer is not of a day to come; if it is, that is a problem."""
        paid_on = transfer.received.paid_on
        if paid_on <= local_day(self._now):
            return True
        path = f"lines[{transfer.line}].date"
        self.result.problems.append(Problem("in_future", path, f"{paid_on} is not yet"))
        return False

    def _prepare(
        self, chunk: Sequence[tuple[str, Transfer]]
    ) -> tuple[list[TransferResult], list[Problem], Booking]:
        """What a chunk becomes, with the events and rows to save."""
        known = self._known([key for key, _ in chunk])
        fresh = [one.received for key, one in chunk if key not in known]
        self._matcher.look_at(fresh)
        booking = Booking(self._now)
        imported: list[TransferResult] = []
        problems: list[Problem] = []
        for key, transfer in chunk:
            if key not in known:
                known[key] = (transfer.received, self._now)
                proposal = self._matcher.match(transfer.received)
                _book(booking, key, transfer.received, proposal)
                imported.append(TransferResult(key, transfer, self._now, proposal))
            elif _is_same(known[key][0], transfer.received):
                imported.append(TransferResult(key, transfer, known[key][1]))
            else:
                problems.append(_conflict(key, transfer))
        return imported, problems, booking

    def _known(self, payments: Sequence[str]) -> dict[str, tuple[Received, datetime]]:
        """What some payments said when they were recorded, and when that was."""
        rows = self._decisions.rows(queries.PAYMENTS_OF, list(payments))
        found = ((row.pop("id"), row.pop("recorded_at"), row) for row in rows)
        return {key: (Received(**row), recorded_at) for key, recorded_at, row in found}


def _is_same(one: Received, other: Received) -> bool:
    """Whether two records tell of one payment; an export may or may not have the tax id."""
    return replace(one, payer_tax_id="") == replace(other, payer_tax_id="")


def _book(booking: Booking, key: str, received: Received, proposal: Proposal) -> None:
    payment = booking.record(key, received)
    for part in proposal.allocations:
        payment = booking.allocate(payment, part.invoice.id, part.amount, proposal.found_by)


def _conflict(key: str, transfer: Transfer) -> Problem:
    message = (
        f"payment {key} has the reference {transfer.received.reference} and says something else: "
        "if this is another payment, it needs a reference of its own"
    )
    return Problem("reference_conflict", f"lines[{transfer.line}].reference", message)


class Matcher:
    """Finds invoices for payments one after another: what one has paid is not due for the next."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._series = [row["series"] for row in decisions.rows(queries.SERIES)]
        self._accounts: dict[str, list[str]] = {}
        for row in decisions.rows(queries.ACCOUNTS):
            self._accounts.setdefault(plain_tax_id(row["tax_id"]), []).append(row["id"])
        self._invoices: dict[str, Due] = {}

    def look_at(self, payments: Sequence[Received]) -> None:
        """Reads the invoices that some payments may concern, as they are now."""
        numbers = {number for one in payments for number in self._numbers(one)}
        payers = {plain_tax_id(one.payer_tax_id) for one in payments} - {""}
        accounts = [own for payer in payers for own in self._accounts.get(payer, ())]
        found = concerned(self._decisions, sorted(numbers), sorted(accounts))
        self._invoices = {invoice.id: invoice for invoice in found}

    def match(self, payment: Received) -> Proposal:
        """Proposes invoices for a payment, and counts them as paid."""
        proposal = propose(payment, self._numbers(payment), self._invoices.values())
        for part in proposal.allocations:
            self._invoices[part.invoice.id] = part.invoice.pay(part.amount)
        return proposal

    def _numbers(self, payment: Received) -> tuple[str, ...]:
        return numbers_in(payment.title, self._series)
