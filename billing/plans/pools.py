"""The cheapest packs for what a month uses of one pool: an exact covering problem.

Packs of several sizes cover units; what they leave is charged as overage, as far as it may be.
Every mix of packs is gone through, but for those that an exact bound shows to cost more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from billing.money import rounded

MOST_STEPS = 200_000
"""After so many steps of one question the search stops, and what it found is no proof."""
ROUNDING = Fraction(1, 200)
"""The most that rounding takes from one charge."""


@dataclass(frozen=True)
class Kind:
    """A pack that can be bought: its key, its units, and its fee for a month."""

    key: str
    units: Decimal
    fee: Decimal

    @cached_property
    def per_unit(self) -> Fraction:
        """What one unit of it costs."""
        return Fraction(self.fee) / Fraction(self.units)

    def enough(self, units: Decimal) -> int:
        """How many of it so many units take."""
        return int(-(-Fraction(units) // Fraction(self.units)))

    def fees(self, many: int) -> Decimal:
        """What so many cost on an invoice: one line, rounded once."""
        return rounded(Fraction(self.fee) * many)


@dataclass(frozen=True)
class Question:
    """What a month leaves to be covered: so many ``units`` at most, and what is beyond packs.

    ``beyond`` is the cost of what so many units of packs leave, None where that may not be; more
    units of packs never cost more there.
    ``least_rate`` is the least that a unit beyond packs costs, None where none may be; ``charges``
    is how many lines overage makes at most.
    """

    units: Decimal
    beyond: Callable[[Decimal], Decimal | None]
    least_rate: Fraction | None
    charges: int = 1

    def rest(self, units: Decimal) -> Decimal:
        """What so many units of packs leave."""
        return max(self.units - units, Decimal(0))

    def rate(self, kinds: Sequence[Kind]) -> Fraction | None:
        """The least that a unit costs with packs of some kinds; None where none can be had."""
        rates = [own.per_unit for own in kinds]
        return min(rates if self.least_rate is None else [*rates, self.least_rate], default=None)

    def least(self, units: Decimal, kinds: Sequence[Kind]) -> Fraction:
        """A bound: what so many units of packs leave costs no less, however it is rounded."""
        rounding = (self.charges + len(kinds)) * ROUNDING
        return Fraction(self.rest(units)) * (self.rate(kinds) or 0) - rounding


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
    useful = best_first(kinds) if question.units else []
    search = _Search(question, useful, most_of_each(useful))
    search.go(0, [], Decimal(0), Decimal(0))
    if search.best is None:
        return None
    cost, packs = search.best.cost, search.best.packs
    return Answer(cost, packs, search.mixes, search.steps <= MOST_STEPS)


def best_first(kinds: Iterable[Kind]) -> list[Kind]:
    """Those with the cheapest units first, larger ones before smaller ones."""
    return sorted(kinds, key=lambda kind: (kind.per_unit, -kind.units, kind.key))


def most_of_each(kinds: Sequence[Kind]) -> list[int | None]:
    """The most of each kind, given the best first, that a cheapest mix can have; None: any number.

    What some packs can be replaced by is always of kinds before theirs, so replacing comes to an
    end. Fees that are no whole hundredths are rounded together, and cannot be compared like that.
    """
    if any(own.fee != rounded(own.fee) for own in kinds):
        return [None for _ in kinds]
    return [
        min((_replaced(kind, other) - 1 for other in kinds[:n]), default=None)
        for n, kind in enumerate(kinds)
    ]


def _replaced(kind: Kind, other: Kind) -> int:
    """The number of packs of a kind that some of another, whose units cost no more, replace.

    One of the other does where it has as many units and costs no more; else as many as have the
    same units.
    """
    by_one = max(1, -(-Fraction(other.fee) // Fraction(kind.fee))) if kind.fee else 1
    by_units = (Fraction(other.units) / Fraction(kind.units)).numerator
    return min(int(by_one), by_units) if by_one * kind.units <= other.units else by_units


@dataclass
class _Search:
    """Goes through counts of kinds, the best first, from the end where the cheapest mix is."""

    question: Question
    kinds: Sequence[Kind]
    most: Sequence[int | None]
    best: Answer | None = None
    mixes: int = 0
    steps: int = 0
    _beyond: dict[Decimal, Decimal | None] = field(default_factory=dict)

    def go(self, at: int, chosen: list[int], units: Decimal, fees: Decimal) -> None:
        """All mixes that begin with what is chosen."""
        self.steps += 1
        if at == len(self.kinds):
            self.mixes += 1
            self._take(chosen, units, fees)
            return
        kind, counts = self.kinds[at], self._counts(at, units)
        for many in counts:
            given = units + kind.units * many
            paid = Fraction(fees) + Fraction(kind.fee) * many - ROUNDING
            least = paid + self.question.least(given, self.kinds[at + 1 :])
            is_dear = self.best is not None and least > self.best.cost
            if self.steps > MOST_STEPS or (is_dear and many != counts[0]):
                return  # where one is too dear, so are those after it
            if not is_dear:
                self.go(at + 1, [*chosen, many], given, fees + kind.fees(many))

    def _counts(self, at: int, units: Decimal) -> range:
        """The counts of a kind that can do: the most first where that is cheaper, else the fewest.

        From the second on each bounds the cost no lower than the one before it.
        """
        kind, most = self.kinds[at], self.most[at]
        top = kind.enough(self.question.rest(units))
        top = top if most is None else min(most, top)
        counts = range(self._fewest(at, units, top), top + 1)
        rate = self.question.rate(self.kinds[at + 1 :])
        return counts[::-1] if rate is None or kind.per_unit < rate else counts

    def _fewest(self, at: int, units: Decimal, top: int) -> int:
        """The fewest of a kind with which nothing need be refused, whatever comes after it."""
        more = Decimal(0)
        for kind, most in zip(self.kinds[at + 1 :], self.most[at + 1 :], strict=True):
            if most is None:
                return 0
            more += kind.units * most
        if self._left_over(units + more) is not None:
            return 0
        whole, each = units + more, self.kinds[at].units
        return bisect_left(
            range(top), True, key=lambda many: self._left_over(whole + each * many) is not None
        )

    def _left_over(self, units: Decimal) -> Decimal | None:
        if units not in self._beyond:
            self._beyond[units] = self.question.beyond(units)
        return self._beyond[units]

    def _take(self, chosen: Sequence[int], units: Decimal, fees: Decimal) -> None:
        beyond = self._left_over(units)
        if beyond is None:
            return
        pairs = zip(self.kinds, chosen, strict=True)
        packs = tuple(sorted((kind.key, many) for kind, many in pairs if many))
        answer = Answer(fees + beyond, packs)
        if self.best is None or answer.order < self.best.order:
            self.best = answer
