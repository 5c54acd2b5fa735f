"""Reminders of unpaid invoices, on the days that the seller names (R153).

The latest step that is reached is sent, once, and never an earlier one after it: somebody who was
not reminded for a month gets one letter, not three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.orders.order import ACCOUNT
from invoices import queries
from invoices.delivering import SENT, Case, Post
from invoices.mailing.carriers import ByMail, Transmit
from invoices.messages import reminder_purpose
from metering.store import Statement

NOT_DELIVERED = "not_delivered"
NOTHING_TO_DO = "reminded"
DUE = "due"


def step_reached(due_on: date, days: Iterable[int], today: date) -> int:
    """The latest step that is reached on a day: 1 for the first of the days; 0 is none."""
    return sum(due_on + timedelta(days=own) <= today for own in set(days))


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An issued invoice that is overdue, and what became of its messages.

    ``reached`` is the latest step of the seller's that is reached, ``reminders`` has the status of
    each reminder by its purpose.
    """

    case: Case
    due_on: date
    due: Decimal
    currency: str
    delivered: bool
    reached: int
    reminders: Mapping[str, str]

    @property
    def started(self) -> int:
        """The latest step of which the reminder was sent, or may have been; 0 is none."""
        steps = (int(own.rpartition("/")[2]) for own, s in self.reminders.items() if s != "failed")
        return max(steps, default=0)

    @property
    def state(self) -> str:
        """Whether a reminder is to be sent now, or was broken off and waits for a person."""
        broken_off = self.reminders.get(reminder_purpose(self.reached)) == "sending"
        if self.reached <= self.started and not broken_off:
            return NOTHING_TO_DO
        return DUE if self.delivered else NOT_DELIVERED

    def post(self, transmit: Transmit, mail_from: str | None) -> Post:
        """The reminder, to be sent only if exactly this much is still due in that moment."""
        asked = {"id": self.case.invoice, "due": self.due}
        unchanged = Statement(queries.STILL_DUE, asked, changes=1)
        carrier = ByMail(transmit, mail_from, step=self.reached, due=self.due)
        return Post(self.case, carrier, (unchanged,))


def unpaid(decisions: Decisions, catalog: Catalog, today: date) -> list[Unpaid]:
    """Every issued invoice whose due day is over and that is not paid in full."""
    return [_unpaid(row, catalog, today) for row in decisions.rows(queries.UNPAID, today)]


def _unpaid(row: Mapping[str, Any], catalog: Catalog, today: date) -> Unpaid:
    seller = catalog.sellers.get(row["seller"])  # one that has left the catalog reminds nobody
    return Unpaid(
        case=Case(row["id"], row["number"], ACCOUNT.validate_python(row["account"])),
        due_on=row["due_on"],
        due=row["due"],
        currency=row["currency"],
        delivered=row["delivery"] == SENT,
        reached=step_reached(row["due_on"], seller.reminder_days if seller else (), today),
        reminders=row["reminders"],
    )
