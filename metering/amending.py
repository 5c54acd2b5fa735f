"""Amending: entries that were recorded are taken back, or others put in their place, as new pages.

The way of an amendment: its sheets are looked at one by one; each gets a page of counter-entries
and a page of what is put in their place; all pages are saved with the balances in one transaction.

All heavy work is done before the save. Within it nobody else adds pages: those that others have
added meanwhile are read, and only the sheets in which they hold more of what is wanted are planned
again. So an amendment gets its turn however busy its days are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from metering import queries
from metering.adding import Source
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
from metering.store import Statement, UsageStore


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
        planned = self._look(job, planner, self._store)
        if dry_run or planned.before or not planned.changes:
            return planned
        planner.statements(self._store)  # the save will need what this remembers
        return self._save(job, planner)

    def _look(self, job: Job, planner: Planner, source: Source) -> Amended:
        """What it would come to by what there is now, or what it came to before."""
        plans = planner.plans(source)
        # Looked for only now: whoever was first with this amendment has changed the plans.
        if (before := self._before(job, source)) is not None:
            return before
        _raise_any(problem for plan in plans for problem in plan.problems)
        unchanged = sum(plan.unchanged for plan in plans)
        return Amended(job.amendment, job.kind, self._changes(plans), unchanged, recorded=False)

    def _before(self, job: Job, source: Source) -> Amended | None:
        """The amendment as it is recorded under its id; raises ProblemsFound if it is another."""
        rows = source.rows(queries.AMENDMENTS, id=job.amendment.id, order=None)
        if not rows:
            return None
        known = rows[0]
        if {name: known[name] for name in job.said} != job.said:
            message = f"{known['id']} was another amendment: give this one an id of its own"
            raise ProblemsFound([Problem("id_conflict", "id", message)])
        done = Amendment(known["id"], known["by"], known["reason"], known["recorded_at"])
        changes = changes_of(source.rows(queries.AMENDED, id=done.id))
        return Amended(done, job.kind, changes, before=True)

    def _save(self, job: Job, planner: Planner) -> Amended:
        """Saves all sheets together: pages, balances and what is kept of the amendment."""
        with self._store.saving() as saving:
            planned = self._look(job, planner, saving)
            if planned.before or not planned.changes:
                return planned
            statements = planner.statements(saving)
            saving.append(self._store.packed(planner.numbered()))
            saving.run([_kept(job, planner.rows()), *statements])
        return replace(planned, recorded=True)

    def _changes(self, plans: Iterable[Plan]) -> tuple[Change, ...]:
        return changes_of(row for plan in plans for row in self._exact(plan.rows))

    def _exact(self, rows: pl.DataFrame) -> Iterator[dict[str, Any]]:
        for row in rows.iter_rows(named=True):
            quantity = exact_quantity(row["quantity"], self._meters[row["meter"]].decimals)
            yield {**row, "order_id": row["order"], "quantity": quantity}


def _kept(job: Job, rows: pl.DataFrame) -> Statement:
    """What an amendment was, and came to over all orders, days and meters."""
    own = {"id": job.amendment.id, "recorded_at": job.amendment.recorded_at, **job.said}
    summed_up = rows.select(
        orders=pl.col("order").n_unique(),
        taken_back=pl.col("taken_back").sum(),
        put_in=pl.col("put_in").sum(),
        first_day=pl.col("day").min(),
        last_day=pl.col("day").max(),
    )
    return Statement(queries.KEEP_AMENDMENT, own | summed_up.row(0, named=True), changes=1)


def _raise_any(problems: Iterable[Problem]) -> None:
    found = list(problems)
    if found:
        raise ProblemsFound(found)
