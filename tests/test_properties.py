"""What holds for every bill, whatever was ordered and used (on random scenarios from a seed)."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from billing.modelling import Simulation, simulate
from billing.money import rounded, total
from tests.builders import read_scenario
from tests.random_scenarios import random_scenario

SEEDS = st.integers(min_value=0, max_value=10**12)
a_few = settings(max_examples=40)


def billed(seed: int, shuffled: random.Random | None = None) -> Simulation:
    """Every period of a random scenario, its usage in any order."""
    written = random_scenario(seed)
    if shuffled:
        shuffled.shuffle(written["usage"])
    return simulate(read_scenario(written))


@a_few
@given(SEEDS)
def test_every_unit_used_is_covered_once(seed: int) -> None:
    """Contract: used = included + from_packs + overage + refused, and none is negative."""
    for own in billed(seed).ledgers:
        parts = (own.included, own.from_packs, own.overage, own.refused)
        assert own.used == sum(parts)
        assert min(parts) >= 0


@a_few
@given(SEEDS)
def test_no_ledger_covers_more_than_there_was(seed: int) -> None:
    """R58: an allowance, packs and a cap cover so many units and no more."""
    for own in billed(seed).ledgers:
        assert own.from_packs <= own.granted
        assert own.cap is None or own.overage <= own.cap
        assert own.included <= own.allowance or own.meter == "tickets"


@a_few
@given(SEEDS)
def test_the_net_of_the_lines_is_the_net_of_the_invoice(seed: int) -> None:
    """Art. 106e: totals are sums of what the lines and the VAT groups say."""
    for invoice in billed(seed).invoices:
        lines = [line.charge.net for line in invoice.lines]
        assert total(lines, "PLN") == invoice.net
        assert total([group.vat for group in invoice.vat_groups], "PLN") == invoice.vat
        assert invoice.net + invoice.vat == invoice.gross


@a_few
@given(SEEDS)
def test_every_amount_is_in_whole_hundredths(seed: int) -> None:
    """R120: nothing is left to be rounded later."""
    for invoice in billed(seed).invoices:
        amounts = [*(line.charge.net for line in invoice.lines), invoice.vat, invoice.gross]
        assert all(rounded(one.amount) == one.amount for one in amounts)


@a_few
@given(SEEDS)
def test_no_line_is_empty(seed: int) -> None:
    """Contract: a line whose price or quantity is 0 is left out."""
    for invoice in billed(seed).invoices:
        assert invoice.lines
        assert all(line.charge.unit_price for line in invoice.lines)


@a_few
@given(SEEDS)
def test_a_meter_has_one_overage_line_in_a_period(seed: int) -> None:
    """Contract: API users added up, rounded once."""
    for invoice in billed(seed).invoices:
        overage = Counter(
            line.charge.item for line in invoice.lines if line.charge.kind == "overage"
        )
        assert set(overage.values()) <= {1}


@a_few
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_bill_does_not_depend_on_the_order_of_events(seed: int, rng: random.Random) -> None:
    """R59: late or early, an event is rated by its own time."""
    assert billed(seed, shuffled=rng) == billed(seed)
