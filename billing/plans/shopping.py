"""Buys the packs of a pool for all months of a demand, as cheaply as it can be done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction

from billing.entitlements import Contract
from billing.plans.covering import kinds_of, left_to_packs, pools_used, question
from billing.plans.pools import Answer, Kind, Question, best_first, cheapest_packs, most_of_each
from billing.plans.values import Month
from billing.rating.drawdown import NOTHING

Counts = dict[str, int]
"""How many of each pack are bought in a month."""


@dataclass
class PackShop:
    """Answers questions of pools; one that was asked before costs nothing."""

    mixes: int = 0
    is_exact: bool = True
    _known: dict[object, Answer | None] = field(default_factory=dict)

    def best(self, asked: Question, kinds: Sequence[Kind], key: object) -> Answer | None:
        """The cheapest packs; ``key`` tells a question, with its kinds, from all others."""
        if key not in self._known:
            answer = self._known[key] = cheapest_packs(asked, kinds)
            if answer is not None:
                self.mixes += answer.mixes
                self.is_exact = self.is_exact and answer.is_exact
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Covering:
    """The packs of a pool in each month, and what they and what is beyond them cost in all."""

    cost: Decimal
    months: tuple[Counts, ...]

    @property
    def order(self) -> tuple[Decimal, int, list[list[tuple[str, int]]]]:
        """By cost, then fewer packs, then their keys."""
        packs = [sorted(month.items()) for month in self.months]
        return self.cost, sum(many for month in packs for _, many in month), packs


@dataclass(frozen=True, slots=True)
class Asked:
    """What a month asks of a pool; ``key`` tells it from other questions of the pool."""

    question: Question
    key: object


@dataclass(frozen=True, slots=True)
class _Base:
    """Packs that renew in all months: their fees and units in each, the least that all comes to."""

    counts: Counts
    fees: Decimal
    units: Decimal
    least: Fraction


def cover(
    pool: str,
    contracts: Sequence[Contract],
    months: Sequence[Month],
    may_refuse: frozenset[str],
    shop: PackShop,
) -> Covering | None:
    """The cheapest packs of a pool; None where some month cannot be covered.

    Packs that always renew are bought for all months or not at all; of the others each month has
    its own.
    """
    asked = [_asked(pool, *month, may_refuse) for month in zip(contracts, months, strict=True)]
    packs, kinds = contracts[0].edition.packs, kinds_of(contracts[0], pool)
    lasting = [kind for kind in kinds if packs[kind.key].recurs == "always"]
    own = [kind for kind in kinds if packs[kind.key].recurs != "always"]
    most = max(one.question.units for one in asked)
    bases = [_base(base, lasting, own, asked) for base in _bases(lasting, most)]
    best: Covering | None = None
    for base in sorted(bases, key=lambda base: base.least):
        if best is not None and base.least > best.cost:
            break
        found = _with(base, [shop.best(*_rest(one, base.units, own)) for one in asked])
        if found is not None and (best is None or found.order < best.order):
            best = found
    return best


def _base(
    counts: Counts, lasting: Sequence[Kind], own: Sequence[Kind], asked: Sequence[Asked]
) -> _Base:
    fees = sum((kind.fees(counts.get(kind.key, 0)) for kind in lasting), NOTHING)
    units = sum((kind.units * counts.get(kind.key, 0) for kind in lasting), NOTHING)
    rests = sum((one.question.least(units, own) for one in asked), Fraction())
    return _Base(counts, fees, units, Fraction(fees) * len(asked) + rests)


def _asked(pool: str, contract: Contract, month: Month, may_refuse: frozenset[str]) -> Asked:
    meters = pools_used(contract, month.usage).get(pool, [])
    left = left_to_packs(contract, meters, month.usage)
    key = (pool, tuple((own.meter.meter.key, own.used, own.units) for own in left))
    return Asked(question(contract, left, may_refuse), key)


def _rest(one: Asked, units: Decimal, kinds: Sequence[Kind]) -> tuple[Question, list[Kind], object]:
    """What is asked of the other kinds where so many units are there already."""

    def beyond(packs: Decimal) -> Decimal | None:
        return one.question.beyond(packs + units)

    rest = replace(one.question, units=one.question.rest(units), beyond=beyond)
    return rest, list(kinds), (one.key, units, tuple(kinds))


def _with(base: _Base, answers: Sequence[Answer | None]) -> Covering | None:
    found = [answer for answer in answers if answer is not None]
    if len(found) < len(answers):
        return None
    cost = sum((base.fees + answer.cost for answer in found), NOTHING)
    return Covering(cost, tuple({**base.counts, **dict(answer.packs)} for answer in found))


def _bases(lasting: Sequence[Kind], units: Decimal) -> Iterator[Counts]:
    """Numbers of packs that always renew, none beyond what the month of most use needs."""
    kinds = best_first(lasting)
    yield from _numbers(list(zip(kinds, most_of_each(kinds), strict=True)), units)


def _numbers(kinds: list[tuple[Kind, int | None]], units: Decimal) -> Iterator[Counts]:
    if not kinds:
        yield {}
        return
    (kind, limit), *others = kinds
    enough = kind.enough(max(units, NOTHING))
    for many in range((enough if limit is None else min(limit, enough)), -1, -1):
        own = {kind.key: many} if many else {}
        for rest in _numbers(others, units - kind.units * many):
            yield {**own, **rest}
