"""Reminders of unpaid invoices, on the days that the seller names (R153).

They count from the due day, or from the day of delivery where the invoice came later than that.
The latest step that is reached is sent, once, and never an earlier one after it: somebody who was
not reminded for a month gets one letter, not three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from invoices import queries
from invoices.delivering import Case, Post, case_of
from invoices.mailing.carriers import ByMail, Transmit
from invoices.messages import reminder_purpose, reminder_step
from metering.calendar import local_day

NOT_DELIVERED = "not_delivered"
NOTHING_TO_DO = "reminded"
DUE = "due"


def step_reached(since: date, days: Iterable[int], today: date) -> int:
    """The latest step that is reached on a day: 1 for the first of the days since; 0 is none."""
    return sum(since + timedelta(days=own) <= today for own in set(days))


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An issued invoice that is overdue, and what became of its messages.

    ``reached`` is the latest step of the seller's that is reached, ``reminders`` has the status of
    each reminder by its purpose.
    """

    case: Case
    due_on: date
    currency: str
    delivered: bool
    reached: int
    reminders: Mapping[str, str]

    @property
    def started(self) -> int:
        """The latest step of which the reminder was sent, or may have been; 0 is none."""
        steps = (reminder_step(own) for own, s in self.reminders.items() if s != "failed")
        return max(steps, default=0)

    @property
    def state(self) -> str:
        """Whether a reminder is to be sent now, or was broken off and waits for a person."""
        broken_off = self.reminders.get(reminder_purpose(self.reached)) == "sending"
        if self.reached <= self.started and not broken_off:
            return NOTHING_TO_DO
        return DUE if self.delivered else NOT_DELIVERED

    def post(self, transmit: Transmit, mail_from: str | None) -> Post:
        """The reminder."""
        return Post(self.case, ByMail(transmit, mail_from, self.reached))


def unpaid(decisions: Decisions, catalog: Catalog, today: date) -> list[Unpaid]:
    """Every issued invoice whose due day is over and that is not paid in full."""
    return [_unpaid(row, catalog, today) for row in decisions.rows(queries.UNPAID, today)]


def _unpaid(row: Mapping[str, Any], catalog: Catalog, today: date) -> Unpaid:
    seller = catalog.sellers.get(row["seller"])  # one that has left the catalog reminds nobody
    days = seller.reminder_days if seller else ()
    return Unpaid(
        case=case_of(row),
        due_on=row["due_on"],
        currency=row["currency"],
        delivered=row["delivered_at"] is not None,
        reached=step_reached(_known_and_due(row["due_on"], row["delivered_at"]), days, today),
        reminders=row["reminders"],
    )


def _known_and_due(due_on: date, delivered_at: datetime | None) -> date:
    """The day that steps count from: nobody is late with an invoice before it has come."""
    return due_on if delivered_at is None else max(due_on, local_day(delivered_at))


def broken_off(
    decisions: Decisions, invoice: str, transmit: Transmit, mail_from: str | None
) -> list[Post]:
    """The last reminder of an invoice whose sending broke off, paid or not; nothing if none did."""
    return [
        Post(case_of(row), ByMail(transmit, mail_from, reminder_step(row["purpose"])))
        for row in decisions.rows(queries.BROKEN_OFF_REMINDER, invoice)
    ]
