"""Delivery of issued invoices: to the account's addresses by e-mail, or into a folder.

One invoice that cannot be delivered stops no other: each ends with a report of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from billing.decisions import Decisions
from billing.orders.order import ACCOUNT
from billing.orders.terms import Account
from invoices import queries
from invoices.invoice import replay_invoice
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
class Report:
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
    number: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An invoice that may be delivered. The last three say what became of it so far."""

    invoice: str
    number: str
    account: Account
    status: str | None = None
    attempts: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A message to send, if the ``conditions`` hold in the moment its start is recorded."""

    case: Case
    carrier: Carrier
    conditions: Sequence[Statement] = ()

    @property
    def key(self) -> tuple[str, str]:
        """The invoice and the purpose: what is sent once."""
        return self.case.invoice, self.carrier.purpose

    @property
    def recipients(self) -> tuple[str, ...]:
        return self.carrier.recipients(self.case.account)

    def report(self, status: str, error: str | None = None) -> Report:
        """What became of it."""
        return Report(self.case.number, self.carrier.purpose, status, self.recipients, error)


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

    def look(self, post: Post) -> Report:
        """What `dispatch` would do, as far as can be told without doing it."""
        settled = self._settled(self._outbox.find(*post.key), post, again=False)
        return settled or post.report(READY)

    def dispatch(self, post: Post, *, again: bool = False) -> Report:
        """Sends a message unless it was sent; one that broke off only if told to, by ``again``."""
        before = self._outbox.find(*post.key)
        settled = self._settled(before, post, again=again)
        if settled:
            return settled
        try:
            after = self._send(before, post)
        except ProblemsFound as found:  # nothing was started yet
            return post.report(FAILED, str(found))
        if after is None:
            return post.report(OVERTAKEN)
        status = UNCERTAIN if after.status == "sending" else after.status
        return post.report(status, after.error)

    def confirm(self, post: Post) -> Report:
        """Records that a message whose sending broke off has arrived after all."""
        message = self._outbox.find(*post.key)
        settled = self._settled(message, post, again=False)
        if message is None or settled is None or settled.status != UNCERTAIN:
            said = f"the message about {post.case.number} is not uncertain: nothing to confirm"
            raise ProblemsFound([Problem("not_uncertain", "arrived", said)])
        self._outbox.confirm(message)
        return post.report(SENT_BEFORE)

    def _settled(self, message: Message | None, post: Post, *, again: bool) -> Report | None:
        """What a message is that is not to be sent now; None if it may be."""
        if message is not None and message.status == SENT:
            return post.report(SENT_BEFORE)
        if message is not None and message.status == "sending":
            if self._others():
                return post.report(UNDER_WAY)
            if not again:
                return post.report(UNCERTAIN, LOST)
        return None if post.recipients else post.report(NO_ADDRESS)

    def _send(self, before: Message | None, post: Post) -> Message | None:
        invoice = replay_invoice(self._decisions.events.get(post.case.invoice))
        if invoice is None:
            message = f"invoice {post.case.number} has no events: run `licznik verify`"
            raise ProblemsFound([Problem("unreadable_invoice", "", message)])
        document, language = invoice.document, post.case.account.language
        attached = self._attachments(post.case.invoice)
        domain = post.carrier.domain(document)
        started = self._outbox.draft(before, *post.key, post.recipients, domain)
        transmit = post.carrier.pack(started, document, language, attached)
        return self._outbox.send(started, transmit, post.conditions)


def waiting(decisions: Decisions, purpose: str, chosen: Selection) -> list[Case]:
    """The issued invoices of which no message of a purpose was sent."""
    rows = decisions.rows(
        queries.TO_DELIVER,
        purpose=purpose,
        period=chosen.period.first_day if chosen.period else None,
        order=chosen.order,
        number=chosen.number,
    )
    return list(map(_case, rows))


def _case(row: dict[str, Any]) -> Case:
    return Case(
        invoice=row["id"],
        number=row["number"],
        account=ACCOUNT.validate_python(row["account"]),
        status=row["status"],
        attempts=row["attempts"] or 0,
        changed_at=row["changed_at"],
    )
