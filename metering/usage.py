"""What an order used in a period, as values that rating starts from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from metering.calendar import Period
from metering.meters import Meter, MeterKind


@dataclass(frozen=True, slots=True)
class Use:
    """So much of a meter at an instant; negative only for a stock meter that falls."""

    meter: str
    at: datetime
    quantity: Decimal
    user: str = ""


@dataclass(frozen=True, slots=True)
class Peak:
    """The highest level of a stock meter in a period, and when it was first reached."""

    level: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class PeriodUsage:
    """An order's usage in a period.

    ``totals`` are those of flow meters, ``by_user`` splits those that are counted by user,
    ``peaks`` are those of stock meters, ``levels`` what is held of these after all that was used.
    ``timed`` are single uses in order of time, for meters whose cover depends on when they were
    used; they may begin before the period.
    """

    totals: Mapping[str, Decimal] = field(default_factory=dict)
    by_user: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)
    peaks: Mapping[str, Peak] = field(default_factory=dict)
    levels: Mapping[str, Decimal] = field(default_factory=dict)
    timed: tuple[Use, ...] = ()


def summarise(
    uses: Iterable[Use], meters: Mapping[str, Meter], period: Period, timed: frozenset[str]
) -> PeriodUsage:
    """Adds up single uses, in any order, of which some may lie outside the period.

    ``timed`` names the meters whose single uses rating needs as well.
    """
    ordered = sorted((use for use in uses if use.at < period.end), key=lambda use: use.at)
    flow = [u for u in ordered if meters[u.meter].kind is MeterKind.FLOW and u.at >= period.start]
    stock = [u for u in ordered if meters[u.meter].kind is MeterKind.STOCK]
    return PeriodUsage(
        totals=_sums((use.meter, use.quantity) for use in flow),
        by_user=_by_user(use for use in flow if meters[use.meter].by_user),
        peaks=_peaks(stock, period),
        levels=above_nothing(_sums((use.meter, use.quantity) for use in stock)),
        timed=tuple(use for use in ordered if use.meter in timed),
    )


def _sums(pairs: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for key, quantity in pairs:
        sums[key] += quantity
    return dict(sums)


def above_nothing(levels: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The levels of meters of which something is held."""
    return {meter: level for meter, level in levels.items() if level > 0}


def _by_user(uses: Iterable[Use]) -> dict[str, dict[str, Decimal]]:
    by_meter: defaultdict[str, list[Use]] = defaultdict(list)
    for use in uses:
        by_meter[use.meter].append(use)
    return {meter: _sums((u.user, u.quantity) for u in own) for meter, own in by_meter.items()}


def _peaks(stock: list[Use], period: Period) -> dict[str, Peak]:
    by_meter: defaultdict[str, list[Use]] = defaultdict(list)
    for use in stock:
        by_meter[use.meter].append(use)
    peaks = {meter: peak_of(own, period) for meter, own in by_meter.items()}
    return {meter: peak for meter, peak in peaks.items() if peak.level > 0}


def peak_of(changes: Iterable[Use], period: Period) -> Peak:
    """The highest level in a period of changes in order of time; those of one instant are netted.

    The level at the period's first instant counts, with what changed at that very instant in it.
    """
    level = Decimal(0)
    peak: Peak | None = None
    for at, together in groupby(changes, key=lambda use: use.at):
        if peak is None and at > period.start:
            peak = Peak(level, period.start)
        level += sum(use.quantity for use in together)
        if at >= period.start and (peak is None or level > peak.level):
            peak = Peak(level, at)
    return peak or Peak(level, period.start)
