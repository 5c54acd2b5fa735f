"""How much room a contract leaves on a meter: pure, and the same arithmetic as the ledgers.

A hard limit leaves what the level has not reached (R43, R49-R53); a meter that is charged up to a
cap leaves what allowance, packs and cap together still cover (R68). Whatever else is charged, or
free, has no bound. What these leave is never refused in the ledger, nor is what was used later
refused for it, in whatever month that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from billing.catalog.edition import MeterTerms
from billing.entitlements import Contract, allowance, cap, capacity, needs_times
from billing.rating.cover import Covered, cover_usage
from billing.rating.drawdown import NOTHING
from billing.statement import Limit, limit_of, with_unused
from metering.calendar import Period
from metering.usage import PeriodUsage, Use

Covers = Mapping[str, Covered]
"""How the usage of each meter is covered."""


@dataclass(frozen=True, slots=True)
class Month:
    """A contract in a period, and what was used in it."""

    contract: Contract
    usage: PeriodUsage

    @property
    def period(self) -> Period:
        """The period of both."""
        return self.contract.period


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
    months: Sequence[Month], own: MeterTerms, held: Sequence[Use], at: datetime, user: str = ""
) -> Decimal | None:
    """The units of a flow meter that may still be used at an instant; None: any number.

    ``months`` are that of the instant and those to which its packs live on (R63); ``held`` is
    decided or kept and in no usage yet: at the instant, or in another month at any time of it;
    ``user`` is the number of the user, for a meter that is counted by user, as in the usage.
    """
    month, key = months[0], own.meter.key
    if beyond_bound(month.contract, own) is None:
        return None
    if own.meter.by_user:
        return _left_by_user(month, own, [use for use in held if use.at in month.period], user)
    earlier = [use for use in held if use.at < month.period.start]
    covers = [_covers(one, [use for use in held if use not in earlier], at) for one in months]
    last = max((use.at for use in month.usage.timed), default=at)
    settled = next(found[key] for found in reversed(covers) if key in found)
    packs = _left_of_packs(settled, at, max(at, last), month, earlier)
    included = covers[0][key].allowance - covers[0][key].cover.included
    return included + packs + min(_slacks(months, covers, own, at < last))


def _pushed(contract: Contract, own: MeterTerms, has_later: bool) -> tuple[str, ...]:
    """The meters, itself among them, that may go beyond their packs if this one is used more.

    Where time decides, units used now take the packs of whatever was used later; otherwise those
    of the meters that the pool serves later.
    """
    key, sharing = own.meter.key, _sharing(contract, own)
    if needs_times(contract, own):
        return sharing if has_later else (key,)
    return sharing[sharing.index(key) :]


def _sharing(contract: Contract, own: MeterTerms) -> tuple[str, ...]:
    """The meters that draw on the same packs, in the order in which they are served."""
    return contract.edition.pool_meters(own.pool) if own.pool else (own.meter.key,)


def _slacks(
    months: Sequence[Month], covers: Sequence[Covers], own: MeterTerms, has_later: bool
) -> Iterator[Decimal]:
    """How many more units may go beyond for each meter that this one may push there."""
    first, *later = zip(months, covers, strict=True)
    pushed = [(first[0], first[1][key]) for key in _pushed(first[0].contract, own, has_later)]
    for month, found in later:
        served = (found[key] for key in _sharing(month.contract, own) if key in found)
        pushed += [(month, covered) for covered in served if covered.used]
    slacks = (_slack(month.contract, covered) for month, covered in pushed)
    return (slack for slack in slacks if slack is not None)


def _slack(contract: Contract, covered: Covered) -> Decimal | None:
    """How many more units may go beyond allowance and packs; None: any number."""
    bound = beyond_bound(contract, covered.meter)
    return None if bound is None else max(bound - covered.cover.beyond, NOTHING)


def _left_of_packs(
    covered: Covered, at: datetime, last: datetime, month: Month, earlier: Sequence[Use]
) -> Decimal:
    """What is left of the packs that live then and until the last use of the month.

    What is held of earlier months may still take from those that lived in them, and this month's
    uses then take from others: which of several packs it takes is known when it is recorded.
    """
    served = _sharing(month.contract, covered.meter)
    kept = sum((use.quantity for use in earlier if use.meter in served), NOTHING)
    begun = [pack.grant for pack in covered.packs if pack.grant.life.start < month.period.start]
    lasting = sum((own.units for own in begun if month.period.start in own.life), NOTHING)
    alive = (pack for pack in covered.packs if at in pack.grant.life and last in pack.grant.life)
    return max(sum((pack.left for pack in alive), NOTHING) - min(kept, lasting), NOTHING)


def _left_by_user(month: Month, own: MeterTerms, held: Sequence[Use], user: str) -> Decimal:
    """What is left of the user's own allowance, or of the one that licences share (R46)."""
    key, usage = own.meter.key, _with_held(month.usage, held)
    covered = _covers(Month(month.contract, usage), [], month.period.start)[key]
    slack = _slack(month.contract, covered) or NOTHING
    if covered.shares is not None and covered.shares.of == "user":
        used = usage.by_user.get(key, {}).get(user, NOTHING)
        return max(covered.shares.each - used, NOTHING) + slack
    return covered.allowance - covered.cover.included + slack


def _covers(month: Month, held: Sequence[Use], at: datetime) -> Covers:
    """How the usage of each meter to the month's end is covered, the unused ones among them."""
    kept = [use for use in held if use.at < month.period.end]
    usage = with_unused(_with_held(month.usage, kept), month.contract, at)
    return {one.meter.meter.key: one for one in cover_usage(month.contract, usage)}


def _with_held(usage: PeriodUsage, held: Sequence[Use]) -> PeriodUsage:
    """The usage as if what is held were used."""
    totals = dict(usage.totals)
    by_user = {meter: dict(users) for meter, users in usage.by_user.items()}
    for use in held:
        totals[use.meter] = totals.get(use.meter, NOTHING) + use.quantity
        if use.user:
            users = by_user.setdefault(use.meter, {})
            users[use.user] = users.get(use.user, NOTHING) + use.quantity
    timed = (*usage.timed, *held)
    return replace(usage, totals=totals, by_user=by_user, timed=timed)
