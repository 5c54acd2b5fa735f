"""Delivery of issued invoices: to the account's addresses by e-mail, or into a folder.

One invoice that cannot be delivered stops no other: of each it is said what became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from billing.orders.order import ACCOUNT
from billing.orders.terms import Account
from invoices import queries
from invoices.finding import load_invoices
from invoices.mailing.attachments import Attachments
from invoices.mailing.carriers import Carrier
from invoices.messages import Message, Outbox
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound
from metering.store import Statement

SENT = "sent"
SENT_BEFORE = "sent_before"
FAILED = "failed"
UNCERTAIN = "uncertain"
UNDER_WAY = "under_way"
OVERTAKEN = "overtaken"
NO_ADDRESS = "no_address"
READY = "ready"

LOST = "the sending broke off: nobody knows whether it was sent"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What became of a message, or (``ready``) what would be sent."""

    number: str
    purpose: str
    status: str
    recipients: tuple[str, ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which invoices; what is not said does not matter."""

    period: Period | None = None
    order: str | None = None
    invoice: str | None = None
    issued_since: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An invoice to write about, of which so much is still ``due``.

    The last three say what became of its delivery so far.
    """

    invoice: str
    number: str
    account: Account
    due: Decimal
    status: str | None = None
    attempts: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message to send."""

    case: Case
    carrier: Carrier

    @property
    def key(self) -> tuple[str, str]:
        """The invoice and the purpose: what is sent once."""
        return self.case.invoice, self.carrier.purpose

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.carrier.recipients(self.case.account)

    def became(self, status: str, error: str | None = None) -> Dispatch:
        """What became of it."""
        return Dispatch(self.case.number, self.carrier.purpose, status, self.recipients, error)


FIRST_WAIT = timedelta(minutes=14)
"""Before a second attempt: a little under a quarter, so that a run each quarter finds it due."""
LONGEST_WAIT = timedelta(days=1)


def is_due(case: Case, now: datetime) -> bool:
    """Whether enough time has passed since a failure: twice as much after each, at most a day."""
    if case.status != FAILED or case.changed_at is None:
        return True
    doublings = min(case.attempts - 1, 10)  # a thousand quarters are more than a day anyway
    waited = now - case.changed_at
    return waited >= min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


class Office:
    """Sends messages about issued invoices.

    ``others`` tells whether another process may be sending at this moment: what looks broken off
    may then be under way.
    """

    def __init__(
        self,
        decisions: Decisions,
        attachments: Attachments,
        clock: Callable[[], datetime],
        others: Callable[[], bool],
    ) -> None:
        self._decisions = decisions
        self._attachments = attachments
        self._others = others
        self._outbox = Outbox(decisions, clock)

    def look(self, post: Post) -> Dispatch:
        """What `dispatch` would do, as far as can be told without doing it."""
        settled = self._settled(self._outbox.find(*post.key), post, again=False)
        return settled or post.became(READY)

    def dispatch(self, post: Post, *, again: bool = False) -> Dispatch:
        """Sends a message unless it was sent; one that broke off only if told to, by ``again``."""
        before = self._outbox.find(*post.key)
        settled = self._settled(before, post, again=again)
        if settled:
            return settled
        try:
            after = self._send(before, post)
        except ProblemsFound as found:  # nothing was started yet
            return post.became(FAILED, str(found))
        if after is None:
            return post.became(OVERTAKEN)
        status = UNCERTAIN if after.status == "sending" else after.status
        return post.became(status, after.error)

    def confirm(self, post: Post) -> Dispatch:
        """Records that a message whose sending broke off has arrived after all."""
        message = self._outbox.find(*post.key)
        settled = self._settled(message, post, again=False)
        if message is None or settled is None or settled.status != UNCERTAIN:
            raise ProblemsFound([not_uncertain(post.case.number)])
        self._outbox.confirm(message)
        return post.became(SENT_BEFORE)

    def _settled(self, message: Message | None, post: Post, *, again: bool) -> Dispatch | None:
        """What a message is that is not to be sent now; None if it may be."""
        if message is not None and message.status == SENT:
            return post.became(SENT_BEFORE)
        if message is not None and message.status == "sending":
            if self._others():
                return post.became(UNDER_WAY)
            if not again:
                return post.became(UNCERTAIN, LOST)
        return None if post.recipients else post.became(NO_ADDRESS)

    def _send(self, before: Message | None, post: Post) -> Message | None:
        invoice = next(load_invoices(self._decisions, [post.case.invoice]), None)
        if invoice is None:
            message = f"invoice {post.case.number} has no events: run `licznik verify`"
            raise ProblemsFound([Problem("unreadable_invoice", "", message)])
        document, due = invoice.document, post.case.due
        attached = self._attachments(post.case.invoice)
        domain = post.carrier.domain(document)
        started = self._outbox.draft(before, *post.key, post.recipients, domain)
        transmit = post.carrier.pack(started, document, due, attached)
        still_due = Statement(queries.STILL_DUE, {"id": invoice.id, "due": due}, changes=1)
        return self._outbox.send(started, transmit, [still_due])


def not_uncertain(number: str) -> Problem:
    """The problem of a message that is to be confirmed and needs no confirmation."""
    message = f"no message about {number} is uncertain: nothing to confirm"
    return Problem("not_uncertain", "arrived", message)


def waiting(decisions: Decisions, purpose: str, chosen: Selection) -> list[Case]:
    """The issued invoices of which no message of a purpose was sent."""
    rows = decisions.rows(
        queries.TO_DELIVER,
        purpose=purpose,
        period=chosen.period.first_day if chosen.period else None,
        order=chosen.order,
        invoice=chosen.invoice,
        issued_since=chosen.issued_since,
    )
    return [case_of(row, row["status"], row["attempts"] or 0, row["changed_at"]) for row in rows]


def case_of(row: Mapping[str, Any], *became: Any) -> Case:
    """The invoice of a row, and what became of its delivery."""
    account = ACCOUNT.validate_python(row["account"])
    return Case(row["id"], row["number"], account, row["due"], *became)
