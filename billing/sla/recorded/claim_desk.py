"""What people do with claims: file them for the client, confirm or refuse them (R94, R151)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.forms import Form, read_form
from billing.sla.credits import Credit
from billing.sla.figures import Figures, figures
from billing.sla.forms import ClaimForm
from billing.sla.record import Claim
from billing.sla.recorded import checks
from billing.sla.recorded.book import CLAIM_KIND, Book, refuse
from billing.sla.recorded.claim import (
    ClaimConfirmed,
    ClaimFiled,
    ClaimRefused,
    RecordedClaim,
    claim_id,
)
from billing.sla.recorded.incident_desk import checked
from billing.sla.recorded.parts import Person, Words
from billing.sla.recorded.reading import recorded_service
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound


class By(Form):
    by: Person
    reason: Words = ""


class ClaimDesk:
    """Where people decide on claims. ``now`` is when they do."""

    def __init__(self, decisions: Decisions, catalog: Catalog, now: datetime) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._now = now
        self._book = Book(decisions, CLAIM_KIND, now)

    def get(self, order: str, period: Period) -> RecordedClaim:
        """A claim from its events; raises ProblemsFound where there is none."""
        return self._book.get(claim_id(order, period))

    def file(self, order: str, period: Period, filed: date, by: str) -> RecordedClaim:
        """Records the client's claim for a period; there is one at most."""
        key, person = claim_id(order, period), checked(By, {"by": by})
        form, wrong = read_form(ClaimForm, {"order": order, "period": period, "filed": filed})
        if form is None:
            raise ProblemsFound(wrong)
        terms = self._decisions.terms([order])
        problems = [
            *form.problems(terms),
            *self._book.check_new(key),
            *checks.in_future(self._now, filed=filed),
        ]
        if order in terms and terms[order].edition_in(period) is None:
            message = f"order {order} is not in service in {period}"
            problems.append(Problem("not_in_service", "period", message))
        if problems:
            raise ProblemsFound(problems)
        said = {"filed": filed, "by": person.by}
        event, after = self._book.after(key, None, ClaimFiled, said)
        return self._book.save(key, after, event)

    def figures(self, order: str, period: Period) -> Figures:
        """All that the record of an order comes to in a period; raises ProblemsFound."""
        terms = self._decisions.order(order).terms
        record = recorded_service(self._decisions, [order])
        return figures(terms, self._catalog, record, period, self._now)

    def expected(self, order: str, period: Period) -> Credit:
        """What a claim would come to if it were confirmed now; raises ProblemsFound."""
        own = self.get(order, period).claim()
        terms = self._decisions.order(order).terms
        record = recorded_service(self._decisions, [order])
        sure = _confirmed(own, own.decided or own.filed)
        others = tuple(one for one in record.claims if (one.order, one.period) != (order, period))
        known = replace(record, claims=(*others, sure))
        settled = figures(terms, self._catalog, known, period, self._now).settled
        if settled is None or settled.credit is None:
            message = f"order {order} is not in service in {period}"
            raise refuse("not_in_service", "period", message)
        return settled.credit

    def confirm(self, order: str, period: Period, on: date, by: str) -> RecordedClaim:
        """A person confirms a claim, having seen what it comes to (R94, R151)."""
        before = self.get(order, period)
        person, shown = checked(By, {"by": by}), self.expected(order, period)
        problems = []
        if self._now < period.end:
            message = f"{period} is not over: its availability is not known yet"
            problems.append(Problem("period_not_over", "period", message))
        if shown.state != "granted":
            message = f"this claim comes to nothing: {shown.reason}; refuse it, or mend the record"
            problems.append(Problem("nothing_due", "claim", message))
        availability = min(one.availability.shown for one in self.figures(order, period).measured)
        said = {
            "on": on,
            "by": person.by,
            "shown_availability": availability,
            "shown_percent": shown.percent,
        }
        return self._decide(before, ClaimConfirmed, said, problems)

    def refuse(self, order: str, period: Period, on: date, by: str, reason: str) -> RecordedClaim:
        """A person refuses a claim, and says why."""
        before, own = self.get(order, period), checked(By, {"by": by, "reason": reason.strip()})
        problems = []
        if not own.reason:
            problems.append(Problem("no_reason", "reason", "say why the claim is refused"))
        said = {"on": on, "by": own.by, "reason": own.reason}
        return self._decide(before, ClaimRefused, said, problems)

    def _decide(
        self,
        before: RecordedClaim,
        kind: type[Any],
        said: Mapping[str, Any],
        problems: list[Problem],
    ) -> RecordedClaim:
        key = claim_id(before.order, Period.parse(before.period))
        if before.status != "filed":
            message = f"{before.decided_by} has {before.status} this claim already"
            raise refuse("already_decided", "claim", message)
        event, after = self._book.after(key, before, kind, said)
        found = [
            *problems,
            *after.facts().problems([before.order]),
            *checks.in_future(self._now, on=said["on"]),
        ]
        if found:
            raise ProblemsFound(found)
        return self._book.save(key, after, event)


def _confirmed(own: Claim, day: date) -> Claim:
    return replace(own, decided=day, is_confirmed=True)
