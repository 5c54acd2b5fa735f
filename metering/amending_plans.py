"""Plans: an amendment's pages and statements for each sheet, ready to be saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

from metering import balances, queries
from metering.adding import Balances, Source
from metering.amending_steps import Step, Work
from metering.amendments import AMENDED, Amendment, Kind, amended_rows, canonical
from metering.meters import Meter, MeterKind
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


@dataclass(slots=True)
class Recorded:
    """The wanted entries of a sheet that was read up to a version, packed."""

    version: int = 0
    parts: list[bytes] = field(default_factory=list)

    def add(self, entries: pl.DataFrame) -> None:
        """Adds what the pages after those that were read hold."""
        self.parts.append(entries.write_ipc(None, compression="zstd").getvalue())

    def entries(self) -> pl.DataFrame:
        """All of them, as they were recorded."""
        return pl.concat([unpack_pages([]), *map(pl.read_ipc, self.parts)])


@dataclass(frozen=True, slots=True)
class Plan:
    """What an amendment adds to a sheet; ``rows`` sum it up by order, day and meter.

    ``pages`` get their versions, and stock meters their statements, within the save.
    """

    pages: tuple[AmendingPage, ...]
    statements: tuple[Statement, ...]
    rows: pl.DataFrame
    unchanged: int
    problems: tuple[Problem, ...]


class Planner:
    """Plans the sheets of one job, in memory for one sheet at a time; the others stay packed.

    The sheets are those that there are when it begins. Plans follow the record: no page is read
    twice, and only a sheet with more wanted entries is planned again.
    """

    def __init__(self, store: UsageStore, meters: Mapping[str, Meter], job: Job) -> None:
        self._job = job
        self._balances = Balances(meters)
        self._units = balances.units(meters.values())
        self._stock = {key for key, meter in meters.items() if meter.kind is MeterKind.STOCK}
        self._recorded = {sheet: Recorded() for sheet in job.work.sheets(store)}
        self._plans: dict[str, Plan] = {}

    def plans(self, source: Source) -> list[Plan]:
        """The plan of every sheet, by all pages that there are now."""
        self._follow(source)
        for sheet, recorded in self._recorded.items():
            if sheet not in self._plans:
                self._plans[sheet] = self._plan(sheet, recorded.entries())
        return list(self._plans.values())

    def rows(self) -> pl.DataFrame:
        """All plans summed up by order, day and meter."""
        return pl.concat(plan.rows for plan in self._plans.values())

    def numbered(self) -> list[AmendingPage]:
        """The pages of all plans, each after those of its sheet that were read."""
        return [
            replace(page, originator_version=version)
            for sheet, plan in self._plans.items()
            for version, page in enumerate(plan.pages, self._recorded[sheet].version + 1)
        ]

    def statements(self, source: Source) -> list[Statement]:
        """What all plans change beside their pages, which must not be there yet.

        Made within the save it is exact; made before it, it is good for remembering what the save
        will need.
        """
        return [
            statement
            for plan in self._plans.values()
            for statement in (*plan.statements, *self._of_stock(plan, source))
        ]

    def _of_stock(self, plan: Plan, source: Source) -> Iterator[Statement]:
        if self._stock.intersection(plan.rows["meter"].unique()):
            entries = unpack_pages(plan.pages)
            dated = entries.with_columns(day=pl.col("sheet").str.head(10).str.to_date())
            yield from self._balances.of_stock(_named(dated), source)

    def _follow(self, source: Source) -> None:
        """Reads the pages after those that were read; where some is wanted, the plan is void."""
        seen = {sheet: recorded.version for sheet, recorded in self._recorded.items()}
        for pages in in_groups(source.pages_after(seen)):
            wanted = unpack_pages(pages).filter(self._job.work.wanted)
            for (sheet,), entries in wanted.partition_by("sheet", as_dict=True).items():
                self._recorded[str(sheet)].add(entries)
                self._plans.pop(str(sheet), None)
            for page in pages:
                self._recorded[page.originator_id].version = page.originator_version

    def _plan(self, sheet: str, recorded: pl.DataFrame) -> Plan:
        step = self._job.work.step(sheet, recorded)
        takes, gives = _signed(step)
        entries = pl.concat([takes, gives]).with_columns(day=pl.lit(sheet_day(sheet)))
        rows = amended_rows(entries).sort(balances.BALANCE)
        statements: tuple[Statement, ...] = ()
        if entries.height and not step.problems:
            kept = rows.join(self._units, on="meter").rename({"order": "order_id"})
            own = Statement(queries.KEEP_AMENDED, [self._job.amendment.id, kept.write_json()])
            statements = (*self._balances.of_flow(_named(entries)), own)
        pages = (*self._pages(takes), *self._pages(gives))
        return Plan(pages, statements, rows.select(AMENDED), step.unchanged, step.problems)

    def _pages(self, entries: pl.DataFrame) -> Iterator[AmendingPage]:
        if entries.height == 0:
            return
        amendment, said = self._job.amendment, self._job.said
        own = {"amendment": amendment.id, "amends": int(entries["amends"][0]), **said}
        ordered = _named(entries).sort(PAGE_ORDER, maintain_order=True)
        for page in pack_pages(ordered, amendment.recorded_at):
            yield AmendingPage(**vars(page), **own)


def _named(entries: pl.DataFrame) -> pl.DataFrame:
    """Entries with each name kept once, as what packs and adds them wants."""
    return entries.with_columns(as_names(entries[name]) for name in ("sheet", *NAMED))


def _signed(step: Step) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The counter-entries of a step, and the entries that it puts in."""
    takes = step.takes.with_columns(quantity=-pl.col("quantity"), amends=pl.lit(-1, pl.Int64))
    return takes, step.gives.with_columns(amends=pl.lit(1, pl.Int64))
