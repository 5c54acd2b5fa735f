"""Amending: entries that were recorded are taken back, or others put in their place, as new pages.

The way of an amendment: its sheets are looked at one by one; each gets a page of counter-entries
and a page of what is put in their place; all pages are saved with the balances in one transaction.
Where another writer was first, the sheets that have changed are looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl
from eventsourcing.persistence import IntegrityError

from metering import queries
from metering.amending_plans import Job, Plan, Planner
from metering.amending_steps import AllWithin, Named, Work, targets
from metering.amendments import (
    Amended,
    Amendment,
    Change,
    Kind,
    OneEvent,
    Within,
    changes_of,
    check_amendment,
    check_within,
)
from metering.decode import exact_quantity
from metering.meters import Meter
from metering.problems import Problem, ProblemsFound
from metering.replacing import Replacement, asked_of, entries_in_place
from metering.store import SaveConflict, Statement, UsageStore

ATTEMPTS = 50


class Amender:
    """Amends the usage of a store. ``meters`` are all that any edition knows."""

    def __init__(self, store: UsageStore, meters: Mapping[str, Meter]) -> None:
        self._store = store
        self._meters = meters

    def void(
        self, what: OneEvent | Within, amendment: Amendment, *, dry_run: bool = False
    ) -> Amended:
        """Voids one event, or all within a filter; raises ProblemsFound, and then nothing is kept.

        A dry run only tells what it would come to.
        """
        if isinstance(what, Within):
            _raise_any(check_within(what))
            work: Work = AllWithin(what)
        else:
            work = Named(what.asked, targets([what]), [""])
        amended = self._amend(Job(Kind.VOID, work, amendment), dry_run=dry_run)
        if not amended.changes:
            message = "nothing stands there that could be voided: look at time, order and source"
            raise ProblemsFound([Problem("nothing_to_void", "", message)])
        return amended

    def replace(
        self, replacements: Sequence[Replacement], amendment: Amendment, *, dry_run: bool = False
    ) -> Amended:
        """Puts events in the place of recorded ones; raises ProblemsFound, and keeps nothing then.

        New users get their numbers only when it is known that nothing is wrong.
        """
        planned = self._replace(replacements, amendment, dry_run=True)
        if dry_run or planned.before or not planned.changes:
            return planned
        return self._replace(replacements, amendment, dry_run=False)

    def _replace(
        self, replacements: Sequence[Replacement], amendment: Amendment, *, dry_run: bool
    ) -> Amended:
        gives = entries_in_place(self._store, self._meters, replacements, give=not dry_run)
        named = targets(one.replaces for one in replacements)
        work = Named(asked_of(replacements), named, [one.path for one in replacements], gives)
        return self._amend(Job(Kind.REPLACE, work, amendment), dry_run=dry_run)

    def _amend(self, job: Job, *, dry_run: bool) -> Amended:
        _raise_any(check_amendment(job.amendment))
        planner = Planner(self._store, self._meters, job)
        for _ in range(ATTEMPTS):
            plans = planner.plans()
            # Looked for only now: whoever was first with this amendment has changed the plans.
            if (before := self._before(job)) is not None:
                return before
            _raise_any(problem for plan in plans for problem in plan.problems)
            changed = [plan for plan in plans if plan.pages]
            if changed and not dry_run:
                try:
                    self._save(job, changed)
                except (IntegrityError, SaveConflict):
                    continue  # another writer was first: look again at what there is now
            unchanged = sum(plan.unchanged for plan in plans)
            recorded = bool(changed) and not dry_run
            return Amended(job.amendment, job.kind, self._changes(changed), unchanged, recorded)
        message = f"others wrote to the same days {ATTEMPTS} times meanwhile: try again"
        raise ProblemsFound([Problem("changed_meanwhile", "", message)])

    def _before(self, job: Job) -> Amended | None:
        """The amendment as it is recorded under its id; raises ProblemsFound if it is another."""
        rows = self._store.rows(queries.AMENDMENTS, id=job.amendment.id, order=None)
        if not rows:
            return None
        known = rows[0]
        if {name: known[name] for name in job.said} != job.said:
            message = f"{known['id']} was another amendment: give this one an id of its own"
            raise ProblemsFound([Problem("id_conflict", "id", message)])
        done = Amendment(known["id"], known["by"], known["reason"], known["recorded_at"])
        changes = changes_of(self._store.rows(queries.AMENDED, id=done.id))
        return Amended(done, job.kind, changes, before=True)

    def _save(self, job: Job, plans: Sequence[Plan]) -> None:
        """Saves all sheets together: pages, balances and what is kept of the amendment."""
        own = {"id": job.amendment.id, "recorded_at": job.amendment.recorded_at, **job.said}
        kept = own | _summed_up(pl.concat(plan.rows for plan in plans))
        pages = [page for plan in plans for page in plan.pages]
        statements = [one for plan in plans for one in plan.statements]
        first = Statement(queries.KEEP_AMENDMENT, kept, changes=1)
        self._store.save(*pages, statements=[first, *statements])

    def _changes(self, plans: Iterable[Plan]) -> tuple[Change, ...]:
        return changes_of(row for plan in plans for row in self._exact(plan.rows))

    def _exact(self, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
        for row in rows.iter_rows(named=True):
            quantity = exact_quantity(row["quantity"], self._meters[row["meter"]].decimals)
            yield {**row, "order_id": row["order"], "quantity": quantity}


def _summed_up(rows: pl.DataFrame) -> dict[str, Any]:
    """What an amendment came to, over all orders, days and meters."""
    return rows.select(
        orders=pl.col("order").n_unique(),
        taken_back=pl.col("taken_back").sum(),
        put_in=pl.col("put_in").sum(),
        first_day=pl.col("day").min(),
        last_day=pl.col("day").max(),
    ).row(0, named=True)


def _raise_any(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise ProblemsFound(found)
