"""What each month of a plan without packs leaves to its pools, and the packs that cover it.

Allowances, limits and the cost of what is beyond are asked of the engine's own entitlements and
rating; this module only puts the questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from billing.catalog.edition import Beyond, MeterTerms
from billing.entitlements import Contract, allowance, capacity
from billing.orders.availability import is_available
from billing.plans.pools import Kind, Question
from billing.plans.pricing import used_meters
from billing.rating.charges import Charge, charge
from billing.rating.cover import Covered
from billing.rating.drawdown import NOTHING, Cover
from billing.rating.ledgers import BEYOND
from billing.rating.packs import pack_price
from metering.meters import MeterKind
from metering.usage import PeriodUsage


def is_pooled(meter: MeterTerms) -> bool:
    """Whether packs cover a meter: not if it is counted by user, nor a level that is charged."""
    if meter.pool is None or meter.meter.by_user:
        return False
    return meter.meter.kind is MeterKind.FLOW or meter.beyond is Beyond.REFUSED


def pools_used(contract: Contract, usage: PeriodUsage) -> dict[str, list[MeterTerms]]:
    """The pools of which anything is used, with their meters in the order they are served."""
    used = set(used_meters(usage))
    pools: dict[str, list[MeterTerms]] = {}
    for key in used_meters(usage):
        meter = contract.edition.meters[key]
        if meter.pool and is_pooled(meter):
            turn = contract.edition.pool_meters(meter.pool)
            pools[meter.pool] = [contract.edition.meters[own] for own in turn if own in used]
    return pools


@dataclass(frozen=True)
class Left:
    """What a month leaves of a meter to packs, of so much ``used``."""

    meter: MeterTerms
    used: Decimal
    units: Decimal


def left_to_packs(
    contract: Contract, meters: Iterable[MeterTerms], usage: PeriodUsage
) -> list[Left]:
    """What the allowance or the limit leaves of each meter of a pool."""
    return [_left(contract, meter, usage) for meter in meters]


def _left(contract: Contract, meter: MeterTerms, usage: PeriodUsage) -> Left:
    key = meter.meter.key
    if meter.meter.kind is MeterKind.STOCK:
        peak = usage.peaks[key]
        base, _ = capacity(contract, meter, peak.at)
        return Left(meter, peak.level, max(peak.level - base, NOTHING))
    used = usage.totals[key]
    return Left(meter, used, max(used - allowance(contract, meter), NOTHING))


NOTHING_ASKED = Question(NOTHING, lambda _: NOTHING, Fraction(), 0)
"""What a month asks of a pool of which nothing is used."""


def question(contract: Contract, left: Sequence[Left], may_refuse: frozenset[str]) -> Question:
    """How many units of packs are needed at most, and what fewer of them leave to be paid."""
    if not left:
        return NOTHING_ASKED
    is_stock = any(own.meter.meter.kind is MeterKind.STOCK for own in left)
    units = [own.units for own in left]
    rates = [_rate(contract, own.meter, may_refuse) for own in left if own.units]
    known = [own for own in rates if own is not None]

    def beyond(packs: Decimal) -> Decimal | None:
        return _beyond(contract, left, packs, may_refuse)

    most = max(units) if is_stock else sum(units, NOTHING)
    return Question(most, beyond, min(known) if known else None, len(left))


def _beyond(
    contract: Contract, left: Sequence[Left], packs: Decimal, may_refuse: frozenset[str]
) -> Decimal | None:
    """What is beyond so many units of packs costs, meter after meter; None: it may not be."""
    cost = NOTHING
    for own in left:
        covered = min(own.units, packs)
        if own.meter.meter.kind is MeterKind.FLOW:
            packs -= covered
        part = _overage(contract, own, own.units - covered, may_refuse)
        if part is None:
            return None
        cost += part
    return cost


def _overage(
    contract: Contract, own: Left, rest: Decimal, may_refuse: frozenset[str]
) -> Decimal | None:
    key = own.meter.meter.key
    cover = Cover(own.used - rest, NOTHING, rest)
    covered = Covered(own.meter, own.used, cover, NOTHING)
    _, overage, refused = BEYOND[own.meter.beyond](contract, covered)
    if refused and key not in may_refuse:
        return None
    price = contract.price("overage", key)
    made = charge(contract, "overage", key, Fraction(overage), price, "")
    if made is None:
        return NOTHING
    return made.net.amount if isinstance(made, Charge) else None


def _rate(contract: Contract, meter: MeterTerms, may_refuse: frozenset[str]) -> Fraction | None:
    """The least that a unit beyond packs costs; None where none may be."""
    if meter.meter.key in may_refuse or meter.beyond is Beyond.FREE:
        return Fraction()
    price = contract.price("overage", meter.meter.key)
    return None if meter.beyond is Beyond.REFUSED or price is None else Fraction(price.amount)


def kinds_of(contract: Contract, pool: str) -> list[Kind]:
    """The packs of a pool that the order may buy, with their fees (R14)."""
    day, found = contract.period.first_day, []
    for key, pack in contract.edition.packs.items():
        price = pack_price(contract, key) if pack.pool == pool else None
        needs = contract.edition.items[key].needs
        if price is not None and all(
            any(is_available(contract.terms, contract.catalog, need, day) for need in one)
            for one in needs
        ):
            found.append(Kind(key, pack.units, price.amount))
    return found
