"""The cheapest packs for what a month uses of one pool: an exact covering problem.

Packs of several sizes cover units; what they leave is charged as overage, as far as it may be.
Every mix of packs is gone through, but for those that an exact bound shows to cost more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from billing.money import rounded

MOST_MIXES = 200_000
"""After so many mixes of packs of one question the search stops, and what it found is no proof."""
ROUNDING = Fraction(1, 200)
"""The most that rounding takes from one charge."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A pack that can be bought: its key, its units, and its fee for a month."""

    key: str
    units: Decimal
    fee: Decimal

    @property
    def per_unit(self) -> Fraction:
        """What one unit of it costs."""
        return Fraction(self.fee) / Fraction(self.units)

    def fees(self, many: int) -> Decimal:
        """What so many cost on an invoice: one line, rounded once."""
        return rounded(Fraction(self.fee) * many)


@dataclass(frozen=True)
class Question:
    """What a month leaves to be covered: so many ``units`` at most, and what is beyond packs.

    ``beyond`` is the cost of what so many units of packs leave, None where that may not be;
    ``least_rate`` is the least that a unit beyond packs costs, None where none may be; ``charges``
    is how many lines overage makes at most.
    """

    units: Decimal
    beyond: Callable[[Decimal], Decimal | None]
    least_rate: Fraction | None
    charges: int = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """The cheapest packs, how many of each kind, and what they and what is beyond them cost."""

    cost: Decimal
    packs: tuple[tuple[str, int], ...]
    mixes: int = 0
    is_exact: bool = True

    @property
    def order(self) -> tuple[Decimal, int, tuple[tuple[str, int], ...]]:
        """By cost, then fewer packs, then their keys."""
        return self.cost, sum(many for _, many in self.packs), self.packs


def cheapest_packs(question: Question, kinds: Sequence[Kind]) -> Answer | None:
    """The cheapest mix of packs for a question; None where no mix answers it."""
    useful = sorted(kinds, key=lambda kind: (kind.per_unit, kind.key)) if question.units else []
    search = _Search(question, useful, most_of_each(useful))
    search.go(0, [], Decimal(0), Decimal(0))
    if search.best is None:
        return None
    cost, packs = search.best.cost, search.best.packs
    return Answer(cost, packs, search.mixes, search.mixes <= MOST_MIXES)


def most_of_each(kinds: Sequence[Kind]) -> list[int | None]:
    """The most of each kind that a cheapest mix can have; None: as many as are needed."""
    return [_most_of(kind, kinds) for kind in kinds]


def _most_of(kind: Kind, kinds: Sequence[Kind]) -> int | None:
    """How many of a kind can be in a cheapest mix: fewer than another replaces at no more cost."""
    if not kind.fee or any(own.fee != rounded(own.fee) for own in kinds):
        return None
    fewer = (_replaced(kind, other) for other in kinds if other is not kind)
    return min((many - 1 for many in fewer if many is not None), default=None)


def _replaced(kind: Kind, other: Kind) -> int | None:
    """The number of packs of a kind that one of another is no worse than."""
    many = max(1, -(-Fraction(other.fee) // Fraction(kind.fee)))
    if many * kind.units > other.units:
        return None
    if many == 1 and (kind.units, kind.fee) == (other.units, other.fee):
        return 1 if other.key < kind.key else None
    return int(many)


@dataclass
class _Search:
    """Goes through counts of kinds, those with the cheapest units first, the most of them first."""

    question: Question
    kinds: Sequence[Kind]
    most: Sequence[int | None]
    best: Answer | None = None
    mixes: int = 0
    _beyond: dict[Decimal, Decimal | None] = field(default_factory=dict)

    def go(self, at: int, chosen: list[int], units: Decimal, fees: Decimal) -> None:
        """All mixes that begin with what is chosen."""
        if self.mixes > MOST_MIXES or self._costs_more(at, units, fees):
            return
        if at == len(self.kinds):
            self.mixes += 1
            self._take(chosen, units, fees)
            return
        kind = self.kinds[at]
        for many in self._counts(at, units):
            self.go(at + 1, [*chosen, many], units + kind.units * many, fees + kind.fees(many))

    def _counts(self, at: int, units: Decimal) -> Iterator[int]:
        rest = max(self.question.units - units, Decimal(0))
        enough = int(-(-Fraction(rest) // Fraction(self.kinds[at].units)))
        most = self.most[at]
        return iter(range(enough if most is None else min(most, enough), -1, -1))

    def _costs_more(self, at: int, units: Decimal, fees: Decimal) -> bool:
        """Whether the least that what is left can cost is too much already."""
        if self.best is None:
            return False
        rest = max(self.question.units - units, Decimal(0))
        rates = [own for own in (self.question.least_rate,) if own is not None]
        rates += [own.per_unit for own in self.kinds[at : at + 1]]
        if not rates:
            return rest > 0
        lines = self.question.charges + len(self.kinds) - at
        least = max(Fraction(rest) * min(rates) - lines * ROUNDING, Fraction())
        return Fraction(fees) + least > self.best.cost

    def _take(self, chosen: Sequence[int], units: Decimal, fees: Decimal) -> None:
        if units not in self._beyond:
            self._beyond[units] = self.question.beyond(units)
        beyond = self._beyond[units]
        if beyond is None:
            return
        pairs = zip(self.kinds, chosen, strict=True)
        packs = tuple(sorted((kind.key, many) for kind, many in pairs if many))
        answer = Answer(fees + beyond, packs)
        if self.best is None or answer.order < self.best.order:
            self.best = answer
