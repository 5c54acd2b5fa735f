"""From numbers of packs in each month to the lines of an order, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from billing.catalog.edition import Edition
from billing.orders.terms import PackLine
from billing.plans.shopping import Counts
from metering.calendar import Period, local_day


def pack_lines(
    counts: Sequence[Counts], periods: Sequence[Period], edition: Edition
) -> tuple[PackLine, ...]:
    """The packs of each month as lines of an order: recurring where months follow each other."""
    keys = sorted({key for month in counts for key in month})
    return tuple(line for key in keys for line in _lines(key, counts, periods, edition))


def _lines(
    key: str, counts: Sequence[Counts], periods: Sequence[Period], edition: Edition
) -> Iterator[PackLine]:
    own = [month.get(key, 0) for month in counts]
    runs: dict[tuple[int, int], int] = {}
    for below, level in pairwise(sorted({0, *own})):
        for run in _runs([many >= level for many in own], one_by_one=_lapses(edition, key)):
            runs[run] = runs.get(run, 0) + level - below
    for (first, last), many in sorted(runs.items()):
        whole = (first, last) == (0, len(own) - 1)
        recurs = not _lapses(edition, key) and (whole or last > first)
        end = periods[last].last_day if recurs and last < len(own) - 1 else None
        yield PackLine(key, periods[first].start, many, recurs, end)


def _lapses(edition: Edition, key: str) -> bool:
    """Whether a pack is one of those that never renew."""
    return edition.packs[key].recurs == "never"


def _runs(there: Sequence[bool], *, one_by_one: bool) -> Iterator[tuple[int, int]]:
    """The first and last of each run of months; each month by itself, if so wanted."""
    start: int | None = None
    for n, is_there in enumerate([*there, False]):
        if is_there and one_by_one:
            yield n, n
        elif is_there and start is None:
            start = n
        elif not is_there and start is not None:
            yield start, n - 1
            start = None


def month_counts(lines: Iterable[PackLine], periods: Sequence[Period]) -> list[Counts]:
    """How many of each pack a plan has in each month: `pack_lines` backwards."""
    counts: list[Counts] = [{} for _ in periods]
    for line in lines:
        first = Period.of(local_day(line.at))
        ends = periods[-1] if line.end is None else Period.of(line.end)
        for own, period in zip(counts, periods, strict=True):
            if first <= period <= (ends if line.recurring else first):
                own[line.item] = own.get(line.item, 0) + line.quantity
    return counts
