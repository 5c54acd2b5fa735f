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
from billing.entitlements import Contract, allowance, cap, capacity
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
        left = _left_by_user(contract, own, usage, user)
        return left + bound - held.get(own.meter.key, NOTHING)
    covered = _covered(contract, own, _with_held(usage, held, at), at)
    return _left(covered, usage, at) + bound - covered.cover.beyond


def _left(covered: Covered, usage: PeriodUsage, at: datetime) -> Decimal:
    """What allowance and packs still cover.

    Where single uses count and some are later than the instant, units used now push these to what
    is left for them, so only packs that live until then count.
    """
    last = max((use.at for use in usage.timed), default=at)
    alive = (p for p in covered.packs if at in p.grant.life and max(at, last) in p.grant.life)
    return covered.allowance - covered.cover.included + sum((p.left for p in alive), NOTHING)


def _left_by_user(contract: Contract, own: MeterTerms, usage: PeriodUsage, user: str) -> Decimal:
    """What is left of the user's own allowance, or of the one that licences share (R46)."""
    covered = _covered(contract, own, usage, contract.period.start)
    beyond = covered.cover.beyond
    if covered.shares is not None and covered.shares.of == "user":
        used = usage.by_user.get(own.meter.key, {}).get(user, NOTHING)
        return max(covered.shares.each - used, NOTHING) - beyond
    return covered.allowance - covered.cover.included - beyond


def _covered(contract: Contract, own: MeterTerms, usage: PeriodUsage, at: datetime) -> Covered:
    covers = cover_usage(contract, with_unused(usage, contract, at))
    return next(one for one in covers if one.meter.meter.key == own.meter.key)


def _with_held(usage: PeriodUsage, held: Mapping[str, Decimal], at: datetime) -> PeriodUsage:
    """The usage as if what is held were used now."""
    totals = dict(usage.totals)
    for key, units in held.items():
        totals[key] = totals.get(key, NOTHING) + units
    timed = [Use(key, at, units) for key, units in held.items() if units]
    return replace(usage, totals=totals, timed=(*usage.timed, *timed))
