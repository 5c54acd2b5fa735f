"""Single uses added up where that changes nothing, so that many of them cost as little as few.

Uses of one meter that follow each other, with no use of another meter of their pool between them
and no pack that begins or ends, draw on the same units one after the other: together they draw as
much as their sum (R58). So a month's ledgers are the same, to the unit, from such runs.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from billing.entitlements import Contract, grants
from billing.rating.drawdown import NOTHING
from metering.calendar import Period, local_day, periods
from metering.usage import PeriodUsage, Use


def in_runs(contract: Contract, usage: PeriodUsage) -> PeriodUsage:
    """The same usage, its single uses in runs."""
    if not usage.timed:
        return usage
    keys = dict.fromkeys(use.meter for use in usage.timed)
    pools = dict.fromkeys(pool for key in keys if (pool := contract.edition.meters[key].pool))
    runs = [run for pool in pools for run in _runs(contract, pool, usage.timed)]
    return replace(usage, timed=tuple(sorted(runs, key=lambda use: use.at)))


def _runs(contract: Contract, pool: str, timed: Iterable[Use]) -> Iterator[Use]:
    turn = {key: place for place, key in enumerate(contract.edition.pool_meters(pool))}
    own = sorted((use for use in timed if use.meter in turn), key=lambda u: (u.at, turn[u.meter]))
    edges = sorted(_edges(contract, pool, own))
    for _, run in groupby(own, key=lambda use: (use.meter, bisect_right(edges, use.at))):
        uses = list(run)
        yield replace(uses[0], quantity=sum((use.quantity for use in uses), NOTHING), user="")


def _edges(contract: Contract, pool: str, uses: list[Use]) -> set[datetime]:
    """When a pack begins or ends, and a period: each draws on an allowance of its own."""
    lives = [grant.life for grant in grants(contract, pool)]
    starts = {life.start for life in lives} | {life.end for life in lives if life.end}
    first = Period.of(local_day(uses[0].at))
    return starts | {own.start for own in periods(first, contract.period)}
