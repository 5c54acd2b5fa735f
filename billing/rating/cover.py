"""How the usage of each meter is covered, before anything is charged.

One function for each way a meter adds up: by user, as a level, or drawn from allowance and packs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from billing.catalog.edition import MeterTerms
from billing.entitlements import Contract, allowance, capacity, grants, needs_times
from billing.rating.charges import Shares
from billing.rating.drawdown import NOTHING, Cover, OpenGrant, draw_down, open_grants
from metering.calendar import Period, local_day
from metering.usage import Peak, PeriodUsage, Use


@dataclass(frozen=True, slots=True)
class Covered:
    """A meter's usage in the period with its cover, and what could have covered it.

    ``packs`` are those of its pool, with what the period leaves of each.
    """

    meter: MeterTerms
    used: Decimal
    cover: Cover
    allowance: Decimal
    granted: Decimal = NOTHING
    shares: Shares | None = None
    peak_at: datetime | None = None
    packs: tuple[OpenGrant, ...] = ()


def cover_usage(contract: Contract, usage: PeriodUsage) -> Iterator[Covered]:
    """The cover of every meter that was used in the period."""
    meters = contract.edition.meters
    for key, peak in usage.peaks.items():
        yield cover_stock(meters[key], peak, capacity_at(contract, key, usage))
    pools: dict[str, None] = {}
    for key, used in usage.totals.items():
        meter = meters[key]
        if meter.meter.by_user:
            yield cover_by_user(contract, meter, usage)
        elif meter.pool is None:
            units = allowance(contract, meter)
            included = min(used, units)
            yield Covered(meter, used, Cover(included, NOTHING, used - included), units)
        else:
            pools[meter.pool] = None
    for pool in pools:
        yield from cover_pool(contract, pool, usage)


def capacity_at(contract: Contract, key: str, usage: PeriodUsage) -> tuple[Decimal, Decimal]:
    """What covers a level: the hard limit in force at the peak, or the allowance of a soft one."""
    meter = contract.edition.meters[key]
    if meter.beyond == "refused":
        return capacity(contract, meter, usage.peaks[key].at)
    return allowance(contract, meter), NOTHING


def cover_levels(contract: Contract, usage: PeriodUsage, at: datetime) -> Iterator[Covered]:
    """The cover of what is held at an instant, where another hard limit is in force than was at the
    peak: a level that was no peak may be full since (R53).
    """
    for key, level in usage.levels.items():
        meter = contract.edition.meters[key]
        if meter.beyond == "refused":
            limit = capacity(contract, meter, at)
            if sum(limit) != sum(capacity_at(contract, key, usage)):
                yield cover_stock(meter, Peak(level, at), limit)


def cover_stock(meter: MeterTerms, peak: Peak, limit: tuple[Decimal, Decimal]) -> Covered:
    """A level is covered by the limit first, then by the packs that raise it (R47-R51)."""
    base, added = limit
    included = min(peak.level, base)
    from_packs = min(peak.level - included, added)
    cover = Cover(included, from_packs, peak.level - included - from_packs)
    return Covered(meter, peak.level, cover, base, added, peak_at=peak.at)


def cover_by_user(contract: Contract, meter: MeterTerms, usage: PeriodUsage) -> Covered:
    """Each named user has a counter of its own, or the licences share one (R46, ``api_scope``)."""
    by_user = usage.by_user[meter.meter.key]
    used, limit = usage.totals[meter.meter.key], allowance(contract, meter)
    if contract.policies.api_scope == "licences":
        shares = Shares("licence", most_licences(contract), limit)
        included = min(used, limit * shares.holders)
    else:
        over = [calls for calls in by_user.values() if calls > limit]
        shares = Shares("user", len(by_user), limit, len(over), sum(over, NOTHING))
        included = used - (shares.used_over - limit * shares.over)
    cover = Cover(included, NOTHING, used - included)
    return Covered(meter, used, cover, limit * shares.holders, shares=shares)


def most_licences(contract: Contract) -> int:
    """The highest number of licences that the order has on a day of the period."""
    spans = [(line, contract.terms.span(line)) for line in contract.terms.packages]
    served = [(line, span) for line, span in spans if span and span.days_in(contract.period)]
    first = contract.period.first_day
    return max(
        (
            sum(line.licences for line, span in served if max(start.start, first) in span)
            for _, start in served
        ),
        default=0,
    )


def cover_pool(contract: Contract, pool: str, usage: PeriodUsage) -> Iterator[Covered]:
    """The meters that share a pool draw on it in turn, or as they were used (R58, R59)."""
    meters = [contract.edition.meters[key] for key in contract.edition.pool_meters(pool)]
    packs = grants(contract, pool)
    allowances = {meter.meter.key: allowance(contract, meter) for meter in meters}
    left = open_grants(packs)
    drawn = [
        (use, cover)
        for use, cover in _drawn(contract, meters, left, usage)
        if use.at in contract.period
    ]
    alive = [g for g in packs if g.life.end is None or g.life.end > contract.period.start]
    granted = sum((grant.units for grant in alive), NOTHING)
    for meter in meters:
        covers = [cover for use, cover in drawn if use.meter == meter.meter.key]
        if covers:
            cover = _sum(covers)
            used = cover.included + cover.from_packs + cover.beyond
            key = meter.meter.key
            yield Covered(meter, used, cover, allowances[key], granted, packs=tuple(left))


def _drawn(
    contract: Contract, meters: list[MeterTerms], left: Sequence[OpenGrant], usage: PeriodUsage
) -> Iterator[tuple[Use, Cover]]:
    """The cover of each use, earlier periods first: they draw on packs that live on (R63).

    Every period draws on an allowance of its own, which does not carry over (R65, R71, R72). What
    is taken from a pack is gone from ``left``.
    """
    uses = _uses(contract, meters, usage)
    for period, own in groupby(uses, key=lambda use: Period.of(local_day(use.at))):
        then = replace(contract, period=period)
        yield from draw_down(own, {m.meter.key: allowance(then, m) for m in meters}, left)


def _uses(contract: Contract, meters: list[MeterTerms], usage: PeriodUsage) -> list[Use]:
    """Single uses where time decides, else each meter's total as one use at the period's start."""
    turn = {meter.meter.key: i for i, meter in enumerate(meters)}
    if any(needs_times(contract, meter) for meter in meters):
        own = [use for use in usage.timed if use.meter in turn and use.at < contract.period.end]
        return sorted(own, key=lambda use: (use.at, turn[use.meter]))
    return [
        Use(key, contract.period.start, usage.totals[key]) for key in turn if key in usage.totals
    ]


def _sum(covers: list[Cover]) -> Cover:
    return Cover(
        sum((cover.included for cover in covers), NOTHING),
        sum((cover.from_packs for cover in covers), NOTHING),
        sum((cover.beyond for cover in covers), NOTHING),
    )
