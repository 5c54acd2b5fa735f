"""What people do with incidents, one step at a time; each step is checked whole, then recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import contract
from billing.forms import read_form
from billing.orders.terms import OrderTerms
from billing.sla.forms import FailureForm, IncidentFacts, TimeForm
from billing.sla.priorities import Proposal, propose
from billing.sla.recorded import checks, incident
from billing.sla.recorded.book import INCIDENT_KIND, Book, refuse
from billing.sla.recorded.incident import FormT, RecordedIncident
from billing.sla.recorded.parts import Cause, Estimate, NoRepair, Qualification, RepairMade, Report
from billing.sla.settling import WORK
from metering.calendar import Period
from metering.problems import Problem, ProblemsFound


class IncidentDesk:
    """Where people record incidents. ``now`` is when they do."""

    def __init__(self, decisions: Decisions, catalog: Catalog, now: datetime) -> None:
        self._decisions = decisions
        self._catalog = catalog
        self._now = now
        self._book = Book(decisions, INCIDENT_KIND, now)

    def get(self, key: str) -> RecordedIncident:
        """An incident from its events; raises ProblemsFound where there is none."""
        return self._book.get(key)

    def report(
        self, key: str, orders: Sequence[str], said: Mapping[str, Any], *, again: bool = False
    ) -> RecordedIncident:
        """Records an incident that became known; a report that a level finds incomplete is refused.

        Without a time it was reported now, unless nobody reported it. Stated ``again`` it takes the
        place of the report before, with its orders.
        """
        checked(IncidentFacts, {"id": key, "orders": orders})
        report = checked(Report, _with_time(said, self._now))
        event = {"orders": list(orders), **report.model_dump()}
        problems = [
            *([] if again else self._book.check_new(key)),
            *report.problems(),
            *checks.repeated_orders(orders),
            *checks.in_future(self._now, first_noticed=report.first_noticed),
            *checks.incomplete(report, self._levels(self._terms(orders), report.reported)),
        ]
        before = self.get(key) if again else None
        return self._record(key, before, incident.IncidentReported, event, problems)

    def proposal(self, key: str, example: str, share: Fraction | None) -> Proposal:
        """The priority that the table proposes; nothing is recorded (R101)."""
        self.get(key)
        return propose(self._catalog.incidents, example, share)

    def qualify(
        self, key: str, said: Mapping[str, Any], share: Fraction | None = None
    ) -> RecordedIncident:
        """A person decides on the priority, for the first time or again; the client was told."""
        before = self.get(key)
        part = {"share": None if share is None else str(share)}
        own = checked(Qualification, {"told": self._now, **said, **part})
        if own.example is not None:
            propose(self._catalog.incidents, own.example, share)
        problems = checks.in_future(self._now, told=own.told)
        if before.qualified is not None and own.told < before.qualified and not own.is_first:
            message = f"the client was told a priority at {before.qualified}: this is a later one"
            problems.append(Problem("qualified_earlier", "told", message))
        return self._record(key, before, incident.IncidentQualified, own.model_dump(), problems)

    def state_failures(self, key: str, failures: Iterable[Mapping[str, Any]]) -> RecordedIncident:
        """States all times in which critical functions were down, in the place of all before."""
        before = self.get(key)
        down = [checked(FailureForm, own, f"down[{i}]") for i, own in enumerate(failures)]
        event = {"down": [own.model_dump() for own in down]}
        return self._record(key, before, incident.FailuresStated, event)

    def state_waits(self, key: str, waits: Iterable[Mapping[str, Any]]) -> RecordedIncident:
        """States all times of the client's own actions, in the place of all before."""
        before = self.get(key)
        times = [checked(TimeForm, own, f"client_action[{i}]") for i, own in enumerate(waits)]
        event = {"client_action": [own.model_dump() for own in times]}
        return self._record(key, before, incident.WaitsStated, event)

    def start_wait(self, key: str, at: datetime) -> RecordedIncident:
        """The provider begins to wait for the client."""
        return self._record(key, self.get(key), incident.WaitStarted, {"at": at})

    def end_wait(self, key: str, at: datetime) -> RecordedIncident:
        """The client has done what the provider waited for."""
        before = self.get(key)
        if all(own.end is not None for own in before.client_action):
            raise refuse("not_waiting", "to", f"nobody waits for the client of incident {key}")
        return self._record(key, before, incident.WaitEnded, {"at": at})

    def repair(self, key: str, said: Mapping[str, Any]) -> RecordedIncident:
        """Records how an incident was repaired; of a repair stated again the last one counts."""
        before, own = self.get(key), checked(RepairMade, {"at": self._now, **said})
        known = before.report.reported or before.qualified or own.at
        levels = self._levels(self._terms(before.orders), known)
        problems = [
            *checks.in_future(self._now, at=own.at),
            *checks.no_repairs(own, self._catalog, levels),
        ]
        return self._record(key, before, incident.IncidentRepaired, own.model_dump(), problems)

    def impossible(self, key: str, said: Mapping[str, Any]) -> RecordedIncident:
        """Records that the client was told that the earlier state cannot be restored."""
        before, own = self.get(key), checked(NoRepair, {"at": self._now, **said})
        problems = checks.in_future(self._now, at=own.at)
        return self._record(key, before, incident.RepairImpossible, own.model_dump(), problems)

    def cause(self, key: str, said: Mapping[str, Any]) -> RecordedIncident:
        """Records what a person found to be the cause, and on what evidence."""
        before, own = self.get(key), checked(Cause, said)
        return self._record(key, before, incident.CauseFound, own.model_dump())

    def estimate(
        self, key: str, order: str | None, hours: Decimal | str, made: date, by: str
    ) -> RecordedIncident:
        """Estimates the work on a false report, at the price of the order's contract (R116)."""
        before = self.get(key)
        own = self._one_order(before, order)
        said = {"order": own, "hours": hours, "made": made, "by": by}
        form = checked(Estimate, {**said, "price": self._price(own, made)})
        problems = checks.in_future(self._now, made=made)
        if before.cause is None or before.cause.cause != "external":
            message = "work is charged only where the cause is found to be external: record that"
            problems.append(Problem("cause_not_external", "incident", message))
        known = before.estimate(own)
        if known is not None and known.state == "accepted":
            message = f"the client accepted {known.hours} h: record first that they are performed"
            problems.append(Problem("already_accepted", "order", message))
        event = form.model_dump(include={"order", "hours", "price", "made", "by"})
        return self._record(key, before, incident.EstimateMade, event, problems)

    def decide(
        self, key: str, order: str | None, *, accepted: bool, on: date, by: str
    ) -> RecordedIncident:
        """The client accepts or declines the estimate (R117)."""
        before = self.get(key)
        own = self._estimate(before, order, wanted="made")
        name = "accepted" if accepted else "declined"
        kind = incident.EstimateAccepted if accepted else incident.EstimateDeclined
        checked(Estimate, {**own.model_dump(), "by": by, name: on})
        event = {"order": own.order, name: on, "decided_by": by}
        return self._record(key, before, kind, event, checks.in_future(self._now, **{name: on}))

    def done(self, key: str, order: str | None, on: date) -> RecordedIncident:
        """The accepted work is performed: it can be invoiced."""
        before = self.get(key)
        own = self._estimate(before, order, wanted="accepted")
        event = {"order": own.order, "performed": on}
        problems = checks.in_future(self._now, performed=on)
        return self._record(key, before, incident.WorkPerformed, event, problems)

    def _estimate(self, own: RecordedIncident, order: str | None, wanted: str) -> Estimate:
        """The latest estimate of an order, which must have come just so far."""
        key = self._one_order(own, order)
        found = own.estimate(key)
        if found is None:
            raise refuse("no_estimate", "order", f"no work of incident {own.id} is estimated")
        if found.state != wanted:
            message = f"the estimate for {key} is {found.state}, not {wanted}"
            code = "not_accepted" if wanted == "accepted" else "already_decided"
            if found.state == "performed":
                code = "already_performed"
            raise refuse(code, "order", message)
        return found

    def _one_order(self, own: RecordedIncident, order: str | None) -> str:
        """The order that is named, or the only one."""
        if order is None and len(own.orders) == 1:
            return own.orders[0]
        if order is None:
            raise refuse("missing_field", "order", f"name one of {', '.join(own.orders)}")
        if order not in own.orders:
            message = f"incident {own.id} does not concern order {order}"
            raise refuse("unknown_order", "order", message)
        return order

    def _price(self, order: str, day: date) -> Decimal:
        """What an hour of service work costs by the contract of a day."""
        (terms,) = self._terms([order])
        nearest = max(terms.launch_date, min(day, terms.end_date or day))
        governed = contract(terms, self._catalog, Period.of(nearest))
        price = governed.price(WORK, WORK) if governed else None
        if price is None:
            message = f"order {order} has no price of service work in {terms.currency}"
            raise refuse("missing_price", f"prices.{WORK}", message)
        return price.amount

    def _terms(self, orders: Iterable[str]) -> list[OrderTerms]:
        return list(self._decisions.terms(list(orders)).values())

    def _levels(self, terms: list[OrderTerms], at: datetime | None) -> checks.Levels:
        return checks.levels_of(terms, self._catalog, at or self._now)

    def _record(
        self,
        key: str,
        before: RecordedIncident | None,
        kind: type[Any],
        said: Mapping[str, Any],
        problems: Iterable[Problem] = (),
    ) -> RecordedIncident:
        """Records an event, if the incident it makes is valid; raises ProblemsFound if not."""
        event, after = self._book.after(key, before, kind, said)
        found = [*problems, *self._problems(after)]
        if found:
            raise ProblemsFound(dict.fromkeys(found))
        return self._book.save(key, after, event)

    def _problems(self, own: RecordedIncident) -> list[Problem]:
        terms = self._terms(own.orders)
        levels = self._levels(terms, own.report.reported)
        return [
            *own.facts().problems([one.id for one in terms]),
            *checks.in_future(self._now, reported=own.report.reported),
            *checks.future_times(own, self._now),
            *checks.unknown_functions(own, self._catalog, levels),
            *(problem for one in own.estimates for problem in one.problems()),
            *checks.lost_orders(own),
        ]


def checked(form: type[FormT], said: Mapping[str, Any], path: str = "") -> FormT:
    """A part of an incident as a form; raises ProblemsFound with all that is wrong with it."""
    own, problems = read_form(form, dict(said), path)
    if own is None:
        raise ProblemsFound(problems)
    return own


def _with_time(said: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    by = said.get("reported_by", "client")
    given = said.get("reported")
    return {**said, "reported": given if given is not None or by is None else now}
