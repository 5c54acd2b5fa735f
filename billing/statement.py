"""How much of each meter an order has used in a period, of how much, and at what cost so far.

It is told from the same ledgers and charges as the invoice; what is added is what an invoice need
not say: the meters that were not used, and what is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from billing.catalog.edition import Beyond, MeterTerms, Name
from billing.entitlements import Contract, cap
from billing.money import Money, money, rounded
from billing.orders.routes import route
from billing.rating.charges import Ledger, Rated
from billing.rating.cover import Covered, cover_usage
from billing.rating.drawdown import NOTHING
from billing.rating.ledgers import ledger
from metering.calendar import Interval, Span
from metering.meters import Meter, MeterKind
from metering.usage import Peak, PeriodUsage, Use


class Limit(StrEnum):
    """What a meter's allowance and packs are to it."""

    HARD = "hard"
    """What is beyond them is refused."""
    SOFT = "soft"
    """What is beyond them is charged."""
    CAPPED = "capped"
    """What is beyond them is charged up to a cap, then refused."""
    FREE = "free"
    """What is beyond them costs nothing."""


@dataclass(frozen=True, slots=True)
class MeterStatement:
    """A meter's row. ``ledger`` says how the usage is covered (``used`` of it may be zero).

    ``limit`` is what a hard limit allows, ``remaining`` what allowance and packs still cover,
    ``fill`` how full they are in percent, to the hundredth; each is None where there is no such
    bound. ``unit_price`` is that of a unit beyond them, None where none is charged; ``cost`` the
    net of what is charged so far, None where its price is missing.
    """

    meter: Meter
    name: Name
    kind: Limit
    ledger: Ledger
    limit: Decimal | None
    remaining: Decimal | None
    fill: Decimal | None
    unit_price: Decimal | None
    cost: Money | None


@dataclass(frozen=True, slots=True)
class UsageStatement:
    """The usage of an order in a period, a row for each meter that is available or was used."""

    contract: Contract
    meters: tuple[MeterStatement, ...]


def statement(contract: Contract, usage: PeriodUsage, rated: Rated, at: datetime) -> UsageStatement:
    """The statement of a period's usage so far; what is left is told as of an instant."""
    at = in_service(contract, at)
    wanted = {*open_meters(contract), *(own.meter for own in rated.ledgers)}
    keys = [key for key in contract.edition.meters if key in wanted]
    covers = {
        own.meter.meter.key: own for own in cover_usage(contract, with_unused(usage, contract, at))
    }
    return UsageStatement(contract, tuple(_row(contract, covers[key], rated, at) for key in keys))


def open_meters(contract: Contract) -> Iterator[str]:
    """The meters that the order may use at some time of the period."""
    period = Interval(contract.period.start, contract.period.end)
    for key, own in route(contract.terms, contract.catalog).meters.items():
        if key in contract.edition.meters and any(_overlap(one, period) for one in own.open):
            yield key


def _overlap(one: Interval, other: Interval) -> bool:
    return (other.end is None or one.start < other.end) and (
        one.end is None or other.start < one.end
    )


def in_service(contract: Contract, at: datetime) -> datetime:
    """The instant of the period's service that is nearest to another."""
    period = Span(contract.period.first_day, contract.period.last_day)
    served = (contract.served or period).interval()
    last = (served.end or contract.period.end) - timedelta(microseconds=1)
    return max(served.start, min(at, last))


def with_unused(usage: PeriodUsage, contract: Contract, at: datetime) -> PeriodUsage:
    """The usage with nothing used of every other meter, so that each has its cover."""
    meters = [terms.meter for terms in contract.edition.meters.values()]
    flow = [meter for meter in meters if meter.kind is MeterKind.FLOW]
    unused = [meter.key for meter in flow if meter.key not in usage.totals]
    start = contract.period.start
    return replace(
        usage,
        totals={**dict.fromkeys(unused, NOTHING), **usage.totals},
        by_user={**{meter.key: {} for meter in flow if meter.by_user}, **usage.by_user},
        peaks={
            **{meter.key: Peak(NOTHING, at) for meter in meters if meter.kind is MeterKind.STOCK},
            **usage.peaks,
        },
        timed=(*usage.timed, *(Use(key, start, NOTHING) for key in unused)),
    )


def _row(contract: Contract, covered: Covered, rated: Rated, at: datetime) -> MeterStatement:
    terms = covered.meter
    own = ledger(contract, covered)
    price = contract.price("overage", terms.meter.key)
    kind = limit_of(contract, terms)
    bounded = kind is Limit.HARD or covered.allowance > 0 or covered.granted > 0
    remaining = _remaining(covered, at)
    within = reach(covered, at)
    return MeterStatement(
        meter=terms.meter,
        name=terms.name,
        kind=kind,
        ledger=own,
        limit=own.allowance + own.granted if kind is Limit.HARD else None,
        remaining=remaining if bounded else None,
        fill=rounded(Fraction(own.used) * 100 / Fraction(within)) if within else None,
        unit_price=price.amount if price and kind in (Limit.SOFT, Limit.CAPPED) else None,
        cost=_cost(contract, own, rated),
    )


def limit_of(contract: Contract, terms: MeterTerms) -> Limit:
    """What is done with units beyond allowance and packs, as the order has it."""
    if terms.beyond is Beyond.FREE:
        return Limit.FREE
    priced = contract.price("overage", terms.meter.key) is not None
    if terms.beyond is Beyond.REFUSED or (terms.beyond is Beyond.CHARGED_IF_PRICED and not priced):
        return Limit.HARD
    return Limit.SOFT if cap(contract, terms) is None else Limit.CAPPED


def reach(covered: Covered, at: datetime) -> Decimal:
    """How far allowance and packs reach, what they have covered so far included."""
    return covered.cover.included + covered.cover.from_packs + _remaining(covered, at)


def _remaining(covered: Covered, at: datetime) -> Decimal:
    """What is left of the allowance, and of those packs that still live at an instant."""
    left = covered.allowance - covered.cover.included
    if covered.meter.meter.kind is MeterKind.STOCK:
        return left + covered.granted - covered.cover.from_packs
    alive = (pack for pack in covered.packs if at in pack.grant.life)
    return left + sum((pack.left for pack in alive), NOTHING)


def _cost(contract: Contract, own: Ledger, rated: Rated) -> Money | None:
    for charge in rated.charges:
        if (charge.kind, charge.item) == ("overage", own.meter):
            return charge.net
    missing = {problem.path for problem in rated.problems}
    if f"prices.overage.{own.meter}" in missing:
        return None
    return money(NOTHING, contract.terms.currency)
