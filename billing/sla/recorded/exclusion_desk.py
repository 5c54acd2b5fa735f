"""What people do with planned work: announce it, and withdraw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.forms import Form, Instant
from billing.sla.levels import is_announced
from billing.sla.recorded import checks
from billing.sla.recorded.book import EXCLUSION_KIND, Book, refuse
from billing.sla.recorded.exclusion import (
    ExclusionAnnounced,
    ExclusionWithdrawn,
    RecordedExclusion,
)
from billing.sla.recorded.incident_desk import checked
from billing.sla.recorded.parts import Key, Person
from metering.problems import ProblemsFound


class Announcement(Form):
    id: Key
    start: Instant
    end: Instant
    announced: Instant
    by: Person


class Withdrawal(Form):
    by: Person


class ExclusionDesk:
    """Where people announce work. ``now`` is when they do."""

    def __init__(self, decisions: Decisions, catalog: Catalog, now: datetime) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._now = now
        self._book = Book(decisions, EXCLUSION_KIND, now)

    def announce(
        self, key: str, orders: Sequence[str], said: Mapping[str, Any]
    ) -> RecordedExclusion:
        """Records that work was announced; without a time it was announced now."""
        announced = said.get("announced") or self._now
        own = checked(Announcement, {"id": key, **said, "announced": announced})
        what = {"orders": list(orders), **own.model_dump(exclude={"id"})}
        event, after = self._book.after(key, None, ExclusionAnnounced, what)
        problems = [
            *self._book.check_new(key),
            *checks.repeated_orders(orders),
            *after.facts().problems(self._decisions.terms(list(orders))),
            *checks.in_future(self._now, announced=own.announced),
        ]
        if problems:
            raise ProblemsFound(problems)
        return self._book.save(key, after, event)

    def withdraw(self, key: str, by: str) -> RecordedExclusion:
        """Records that announced work does not take place."""
        before = self._book.get(key)
        if before.withdrawn_by is not None:
            message = f"{before.withdrawn_by} has withdrawn {key} already"
            raise refuse("already_withdrawn", "exclusion", message)
        own = checked(Withdrawal, {"by": by})
        event, after = self._book.after(key, before, ExclusionWithdrawn, own.model_dump())
        return self._book.save(key, after, event)

    def is_in_time(self, own: RecordedExclusion) -> bool:
        """Whether the work was announced early enough to be taken out of the service time (R89)."""
        return is_announced(own.exclusion(), self._catalog.sla_rules.exclusion_notice_days)
