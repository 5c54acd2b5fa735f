"""How much room a contract leaves on a meter: pure, and the same arithmetic as the ledgers.

A hard limit leaves what the level has not reached (R43, R49-R53); a meter that is charged up to a
cap leaves what allowance, packs and cap together still cover (R68). Whatever else is charged, or
free, has no bound. What these leave is never refused in the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from billing.catalog.edition import MeterTerms
from billing.entitlements import Contract, allowance, cap, capacity, needs_times
from billing.rating.cover import Covered, cover_usage
from billing.rating.drawdown import NOTHING
from billing.statement import Limit, limit_of, with_unused
from metering.usage import PeriodUsage, Use


def beyond_bound(contract: Contract, own: MeterTerms) -> Decimal | None:
    """How many units beyond allowance and packs an order may use; None: any number."""
    limit = limit_of(contract, own)
    if limit is Limit.HARD:
        return NOTHING
    return cap(contract, own) if limit is Limit.CAPPED else None


def stock_limit(contract: Contract, own: MeterTerms, at: datetime) -> Decimal | None:
    """What a stock meter may reach at an instant; None where it may reach anything."""
    bound = beyond_bound(contract, own)
    if bound is None:
        return None
    if limit_of(contract, own) is Limit.HARD:
        return sum(capacity(contract, own, at), NOTHING)
    return allowance(contract, own) + bound


def flow_room(
    contract: Contract,
    own: MeterTerms,
    usage: PeriodUsage,
    held: Mapping[str, Decimal],
    at: datetime,
    user: str = "",
) -> Decimal | None:
    """The units of a flow meter that may still be used at an instant; None: any number.

    ``held`` are units, by meter, that are decided or kept and not in ``usage`` yet; ``user`` is the
    number of the user, for a meter that is counted by user.
    """
    bound = beyond_bound(contract, own)
    if bound is None:
        return None
    if own.meter.by_user:
        return _left_by_user(contract, own, usage, user) - held.get(own.meter.key, NOTHING)
    covers = _covers(contract, _with_held(usage, held, at), at)
    last = max((use.at for use in usage.timed), default=at)
    slacks = [_slack(contract, covers[key]) for key in _pushed(contract, own, at < last)]
    slack = min(own for own in slacks if own is not None)
    return _left(covers[own.meter.key], at, max(at, last)) + slack


def _pushed(contract: Contract, own: MeterTerms, has_later: bool) -> tuple[str, ...]:
    """The meters, itself among them, that may go beyond their packs if this one is used more.

    Where time decides, units used now take the packs of whatever was used later; otherwise those
    of the meters that the pool serves later.
    """
    key = own.meter.key
    sharing = contract.edition.pool_meters(own.pool) if own.pool else (key,)
    if needs_times(contract, own):
        return sharing if has_later else (key,)
    return sharing[sharing.index(key) :]


def _slack(contract: Contract, covered: Covered) -> Decimal | None:
    """How many more units may go beyond allowance and packs; None: any number."""
    bound = beyond_bound(contract, covered.meter)
    return None if bound is None else max(bound - covered.cover.beyond, NOTHING)


def _left(covered: Covered, at: datetime, last: datetime) -> Decimal:
    """What allowance and packs still cover: packs that live then and until the last use."""
    alive = (pack for pack in covered.packs if at in pack.grant.life and last in pack.grant.life)
    return covered.allowance - covered.cover.included + sum((p.left for p in alive), NOTHING)


def _left_by_user(contract: Contract, own: MeterTerms, usage: PeriodUsage, user: str) -> Decimal:
    """What is left of the user's own allowance, or of the one that licences share (R46)."""
    covered = _covers(contract, usage, contract.period.start)[own.meter.key]
    slack = _slack(contract, covered) or NOTHING
    if covered.shares is not None and covered.shares.of == "user":
        used = usage.by_user.get(own.meter.key, {}).get(user, NOTHING)
        return max(covered.shares.each - used, NOTHING) + slack
    return covered.allowance - covered.cover.included + slack


def _covers(contract: Contract, usage: PeriodUsage, at: datetime) -> dict[str, Covered]:
    """How the usage of each meter is covered, those that were not used among them."""
    covers = cover_usage(contract, with_unused(usage, contract, at))
    return {one.meter.meter.key: one for one in covers}


def _with_held(usage: PeriodUsage, held: Mapping[str, Decimal], at: datetime) -> PeriodUsage:
    """The usage as if what is held were used now."""
    totals = dict(usage.totals)
    for key, units in held.items():
        totals[key] = totals.get(key, NOTHING) + units
    timed = [Use(key, at, units) for key, units in held.items() if units]
    return replace(usage, totals=totals, timed=(*usage.timed, *timed))
