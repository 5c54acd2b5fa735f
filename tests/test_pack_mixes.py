"""The cheapest mix of packs against every mix there is, on random price lists."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from billing.money import rounded
from billing.plans.pools import Answer, Kind, Question, cheapest_packs

FEES = st.integers(0, 5_000).map(lambda n: Decimal(n).scaleb(-2))
ODD_FEES = st.integers(0, 50_000).map(lambda n: Decimal(n).scaleb(-4))
SIZES = st.integers(1, 12).map(Decimal)
RATES = st.none() | st.integers(0, 30_000).map(lambda n: Fraction(n, 10_000))


def priced(units: Decimal, rate: Fraction | None, cap: Decimal) -> Question:
    """So many units are wanted; of those left, as many as the cap allows are charged."""

    def beyond(packs: Decimal) -> Decimal | None:
        left = max(units - packs, Decimal(0))
        if left and (rate is None or left > cap):
            return None
        return rounded(Fraction(left) * (rate or 0))

    return Question(units, beyond, rate)


def kinds_of(fees: list[tuple[Decimal, Decimal]]) -> list[Kind]:
    """Packs of these sizes and fees."""
    return [Kind(f"k{n}", units, fee) for n, (units, fee) in enumerate(fees)]


def every_mix(question: Question, kinds: list[Kind]) -> list[Decimal]:
    """What each mix costs that answers the question and has no pack too many."""
    enough = [range(ceil(Fraction(question.units) / Fraction(kind.units)) + 1) for kind in kinds]
    costs = []
    for counts in product(*enough):
        pairs = list(zip(kinds, counts, strict=True))
        units = sum((kind.units * many for kind, many in pairs), Decimal(0))
        left = question.beyond(units)
        if left is not None:
            costs.append(left + sum((kind.fees(many) for kind, many in pairs), Decimal(0)))
    return costs


def cost(answer: Answer | None) -> Decimal | None:
    """What an answer costs, the search having gone to its end."""
    assert answer is None or answer.is_exact
    return None if answer is None else answer.cost


def lists_of(fees: st.SearchStrategy[Decimal]) -> st.SearchStrategy[list[Kind]]:
    """Up to three packs, their fees drawn from some."""
    return st.lists(st.tuples(SIZES, fees), max_size=3).map(kinds_of)


@given(lists_of(FEES), st.integers(0, 25).map(Decimal), RATES, st.integers(0, 25).map(Decimal))
def test_no_mix_costs_less(
    kinds: list[Kind], units: Decimal, rate: Fraction | None, cap: Decimal
) -> None:
    """Whatever packs there are, a bargain or not."""
    question = priced(units, rate, cap)
    found = cheapest_packs(question, kinds)
    assert cost(found) == min(every_mix(question, kinds), default=None)


@given(lists_of(ODD_FEES), st.integers(0, 25).map(Decimal), RATES)
def test_fees_that_are_rounded_are_rounded_once(
    kinds: list[Kind], units: Decimal, rate: Fraction | None
) -> None:
    """Two packs at 0.0050 cost a hundredth together, not two."""
    question = priced(units, rate, Decimal(100))
    found = cheapest_packs(question, kinds)
    assert cost(found) == min(every_mix(question, kinds), default=None)


def test_very_many_units_are_covered_at_once() -> None:
    """A hundred million messages, packs of five sizes."""
    sizes = {2_000: "160", 5_000: "375", 15_000: "1050", 30_000: "1950", 100_000: "6000"}
    kinds = [Kind(f"sms_{size}", Decimal(size), Decimal(fee)) for size, fee in sizes.items()]
    found = cheapest_packs(priced(Decimal(10**8 + 1), Fraction(9, 100), Decimal(10**9)), kinds)
    assert found is not None
    assert found.packs == (("sms_100000", 1_000),)
    assert found.mixes < 100


def test_equal_packs_are_told_apart_by_their_names() -> None:
    """The answer does not depend on the order in which they come."""
    twins = [Kind(name, Decimal(10), Decimal(5)) for name in ("b", "a", "c")]
    question = priced(Decimal(25), None, Decimal(0))
    answers = {cheapest_packs(question, own) for own in (twins, twins[::-1])}
    assert {own.packs for own in answers if own} == {(("a", 3),)}


def test_what_is_not_needed_is_not_bought() -> None:
    """Even where packs are free."""
    free = [Kind("a", Decimal(10), Decimal(0))]
    found = cheapest_packs(priced(Decimal(0), None, Decimal(0)), free)
    assert found is not None
    assert found.packs == ()
