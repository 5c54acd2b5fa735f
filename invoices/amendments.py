"""Where people amend recorded usage, and hear which issued invoices that touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import Contract, contract, lives_on
from billing.money import plain
from billing.orders.commands import RouteBook
from billing.orders.terms import OrderTerms
from billing.settling import settle
from invoices import queries
from invoices.late import has_ended
from metering import queries as usage_queries
from metering.amending import Amender
from metering.amendments import Amended, Amendment, Change, OneEvent, Within
from metering.calendar import WARSAW, Period
from metering.problems import Problem, ProblemsFound
from metering.replacing import read_replacements
from metering.store import UsageStore


@dataclass(frozen=True, slots=True)
class TouchedInvoice:
    """An issued invoice of an amended period; by ``policy`` it is adjusted later, or corrected.

    With ``ended`` no later invoice can give anything back: a credit is corrected as well.
    """

    number: str
    order: str
    period: Period
    policy: str


@dataclass(frozen=True, slots=True)
class AmendedUsage:
    """What an amendment did, and the invoices that it touches."""

    amended: Amended
    invoices: tuple[TouchedInvoice, ...]


class AmendmentDesk:
    """Amends usage; every method raises ProblemsFound where it cannot, and then nothing is amended.

    What limits have decided is brought into the pages first: it was used, and can be amended.
    """

    def __init__(self, decisions: Decisions, usage: UsageStore, catalog: Catalog) -> None:
        self._decisions = decisions
        self._usage = usage
        self._catalog = catalog
        self._amender = Amender(usage, catalog.meters)

    def void(
        self, what: OneEvent | Within, amendment: Amendment, *, dry_run: bool = False
    ) -> AmendedUsage:
        """Voids one event, or all that was used within a filter."""
        if what.order is not None:
            self._decisions.order(what.order)  # a misspelt one is said to be so
        settle(self._usage, self._catalog, amendment.recorded_at, what.order)
        return self._with_invoices(self._amender.void(what, amendment, dry_run=dry_run))

    def replace(
        self,
        events: Iterable[tuple[str, object]],
        amendment: Amendment,
        day: date | None = None,
        *,
        dry_run: bool = False,
    ) -> AmendedUsage:
        """Puts events, each with the place where it was given, in the place of recorded ones.

        ``day`` is that of the entries to replace; without it an event says so, or its own day does.
        """
        given = list(events)
        subjects = {_subject(raw) for _, raw in given}
        routes = RouteBook(self._decisions, self._catalog).find(subjects)
        replacements, problems = read_replacements(given, routes, day)
        if not given:
            problems.append(Problem("nothing_to_replace", "", "there is no event: give one a line"))
        if problems:
            raise ProblemsFound(problems)
        settle(self._usage, self._catalog, amendment.recorded_at)
        return self._with_invoices(self._amender.replace(replacements, amendment, dry_run=dry_run))

    def listed(self, order: str | None = None) -> list[dict[str, Any]]:
        """Every amendment, of one order if it is given, as plain data."""
        if order is not None:
            self._decisions.order(order)
        rows = self._usage.rows(usage_queries.AMENDMENTS, id=None, order=order)
        return [_listed(row) for row in rows]

    def _with_invoices(self, amended: Amended) -> AmendedUsage:
        return AmendedUsage(amended, tuple(self._touched(amended.changes)))

    def _touched(self, changes: Iterable[Change]) -> Iterable[TouchedInvoice]:
        """The issued invoices of amended periods, and later ones in which an amended use counts."""
        changed = sorted(changes, key=lambda one: one.order)
        by_order = {order: list(own) for order, own in groupby(changed, lambda one: one.order)}
        first = min((one.period.first_day for one in changed), default=None)
        terms = self._decisions.terms(list(by_order))
        rows = self._decisions.rows(queries.INVOICES_FROM, orders=list(by_order), first=first)
        last = {row["order_id"]: Period.of(row["period"]) for row in rows}  # later periods last
        for row in rows:
            order, period = row["order_id"], Period.of(row["period"])
            governed = contract(terms[order], self._catalog, period)
            if any(_counts_in(one, period, governed) for one in by_order[order]):
                policy = _policy(terms[order], governed, last[order])
                yield TouchedInvoice(row["number"], order, period, policy)


def _counts_in(change: Change, period: Period, governed: Contract | None) -> bool:
    """Whether what was changed counts in a period: it is its own, or lives on into it."""
    if change.period >= period or governed is None:
        return change.period == period
    return lives_on(governed, change.meter)


def _policy(terms: OrderTerms, governed: Contract | None, last: Period) -> str:
    if governed is not None and governed.policies.late_usage == "correction":
        return "correction"
    return "ended" if has_ended(terms, [last]) else "adjustment"


def _subject(raw: object) -> str:
    return str(raw.get("subject")) if isinstance(raw, Mapping) else ""


def _listed(row: Mapping[str, Any]) -> dict[str, Any]:
    days = {name: str(row[name]) for name in ("first_day", "last_day")}
    recorded = row["recorded_at"].astimezone(WARSAW).isoformat()
    return {**row, **days, "recorded_at": recorded}


def amendment_document(own: AmendedUsage, *, dry_run: bool) -> dict[str, Any]:
    """What an amendment did, or would do, as plain data."""
    amended, said = own.amended, own.amended.amendment
    return {
        "amendment": said.id,
        "kind": amended.kind.value,
        "by": said.by,
        "reason": said.reason,
        "recorded_at": said.recorded_at.astimezone(WARSAW).isoformat(),
        "dry_run": dry_run,
        "recorded": amended.recorded,
        "recorded_before": amended.before,
        "taken_back": sum(one.taken_back for one in amended.changes),
        "put_in": sum(one.put_in for one in amended.changes),
        "unchanged": amended.unchanged,
        "changes": [
            {
                "order": one.order,
                "meter": one.meter,
                "period": str(one.period),
                "taken_back": one.taken_back,
                "put_in": one.put_in,
                "quantity": plain(one.quantity),
            }
            for one in amended.changes
        ],
        "invoices": [
            {
                "number": one.number,
                "order": one.order,
                "period": str(one.period),
                "late_usage": one.policy,
            }
            for one in own.invoices
        ],
    }
