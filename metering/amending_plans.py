"""Plans: an amendment's pages and statements for each sheet, ready to be saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from metering import balances, queries
from metering.adding import Balances
from metering.amending_steps import Step, Work
from metering.amendments import AMENDED, Amendment, Kind, amended_rows, canonical
from metering.meters import Meter
from metering.packing import pack_pages
from metering.pages import NAMED, AmendingPage, as_names, in_groups, unpack_pages
from metering.preparing import PAGE_ORDER
from metering.problems import Problem
from metering.sheets import sheet_day
from metering.store import Statement, UsageStore


@dataclass(frozen=True, slots=True)
class Job:
    """An amendment with the work that it is."""

    kind: Kind
    work: Work
    amendment: Amendment

    @property
    def said(self) -> dict[str, Any]:
        """What pages and the read model keep of it, beside its id and time."""
        by, reason = self.amendment.by, self.amendment.reason
        asked = canonical(self.work.asked)
        return {"kind": self.kind.value, "by": by, "reason": reason, "asked": asked}


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be saved of a sheet at a version; ``rows`` sum it up by order, day and meter."""

    version: int
    pages: tuple[AmendingPage, ...]
    statements: tuple[Statement, ...]
    rows: pl.DataFrame
    unchanged: int
    problems: tuple[Problem, ...]


class Planner:
    """Plans the sheets of one job, in memory for one sheet at a time; pages stay packed."""

    def __init__(self, store: UsageStore, meters: Mapping[str, Meter], job: Job) -> None:
        self._store = store
        self._job = job
        self._balances = Balances(meters)
        self._units = balances.units(meters.values())
        self._plans: dict[str, Plan] = {}

    def plans(self) -> list[Plan]:
        """The plan of every sheet; those that have changed since are planned again."""
        sheets = self._job.work.sheets(self._store)
        versions = self._store.versions(sheets)
        for sheet in sheets:
            known = self._plans.get(sheet)
            if known is None or known.version != versions.get(sheet, 0):
                self._plans[sheet] = self._plan(sheet)
        return list(self._plans.values())

    def _plan(self, sheet: str) -> Plan:
        recorded, version = self._recorded(sheet)
        step = self._job.work.step(sheet, recorded)
        takes, gives = _signed(step)
        entries = pl.concat([takes, gives]).with_columns(day=pl.lit(sheet_day(sheet)))
        rows = amended_rows(entries).sort(balances.BALANCE)
        statements: tuple[Statement, ...] = ()
        if entries.height and not step.problems:
            kept = rows.join(self._units, on="meter").rename({"order": "order_id"})
            own = Statement(queries.KEEP_AMENDED, [self._job.amendment.id, kept.write_json()])
            flow = self._balances.of_flow(_named(entries))
            stock = self._balances.of_stock(_named(entries), self._store)
            statements = (*flow, *stock, own)
        taking = self._pages(takes, sheet, version)
        pages = (*taking, *self._pages(gives, sheet, version + len(taking)))
        return Plan(version, pages, statements, rows.select(AMENDED), step.unchanged, step.problems)

    def _recorded(self, sheet: str) -> tuple[pl.DataFrame, int]:
        """The wanted entries of a sheet as they were recorded, and the version it has come to."""
        frames, version = [unpack_pages([])], 0
        for pages in in_groups(self._store.pages([sheet])):
            frames.append(unpack_pages(pages).filter(self._job.work.wanted))
            version = pages[-1].originator_version
        return pl.concat(frames), version

    def _pages(self, entries: pl.DataFrame, sheet: str, version: int) -> list[AmendingPage]:
        if entries.height == 0:
            return []
        amendment, said = self._job.amendment, self._job.said
        pages = pack_pages(
            _named(entries).sort(PAGE_ORDER, maintain_order=True), amendment.recorded_at
        )
        own = {"amendment": amendment.id, "amends": int(entries["amends"][0]), **said}
        numbered = (replace(p, originator_version=version + p.originator_version) for p in pages)
        return [AmendingPage(**vars(page), **own) for page in numbered]


def _named(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with each name kept once, as what packs and adds them wants."""
    return entries.with_columns(as_names(entries[name]) for name in ("sheet", *NAMED))


def _signed(step: Step) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The counter-entries of a step, and the entries that it puts in."""
    takes = step.takes.with_columns(quantity=-pl.col("quantity"), amends=pl.lit(-1, pl.Int64))
    return takes, step.gives.with_columns(amends=pl.lit(1, pl.Int64))
