"""The engine against a second, slow and plain calculation, on random scenarios.

A failure prints the seed and the whole scenario: `random_scenario(seed)` makes it again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from billing.modelling import Simulation, simulate
from billing.scenario import Scenario
from metering.calendar import Period
from tests.builders import read_scenario
from tests.judge import judge
from tests.random_scenarios import compact, periods_of, random_scenario

SPLIT = ("used", "included", "from_packs", "overage", "refused")
SEEDS_IN_A_BLOCK = 20

Plain = dict[str, Any]


def ledgers(rows: list[Plain]) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """Ledgers of the second calculation by order and meter."""
    return {
        (row["order"], row["meter"]): tuple(row[part] for part in SPLIT) for row in rows
    }


def engine_ledgers(result: Simulation) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """Ledgers of the engine by order and meter."""
    return {
        (own.order, own.meter): tuple(getattr(own, part) for part in SPLIT)
        for own in result.ledgers
    }


def invoices(documents: list[Plain]) -> dict[str, Any]:
    """Invoices of the second calculation: their lines in any order, and their totals."""
    keys = ("kind", "item", "quantity", "unit_price", "net")
    return {
        own["order"]: (
            Counter(tuple(line[key] for key in keys) for line in own["lines"]),
            own["net"],
            own["vat"],
            own["gross"],
        )
        for own in documents
    }


def engine_invoices(result: Simulation) -> dict[str, Any]:
    """Invoices of the engine in the same form."""
    return {
        draft.order: (
            Counter(
                (own.kind, own.item, own.quantity, own.unit_price, own.net.amount)
                for own in (line.charge for line in draft.lines)
            ),
            draft.net.amount,
            draft.vat.amount,
            draft.gross.amount,
        )
        for draft in result.invoices
    }


def differences(result: Simulation, opinion: Plain) -> list[str]:
    """Where the engine's result and the second one differ; empty if they agree."""
    found = [f"the engine refuses the scenario: {problem}" for problem in result.problems]
    for ours, theirs in (
        (engine_ledgers(result), ledgers(opinion["ledgers"])),
        (engine_invoices(result), invoices(opinion["invoices"])),
    ):
        for key in sorted(ours.keys() | theirs.keys(), key=str):
            if ours.get(key) != theirs.get(key):
                found.append(f"{key}: engine {_shown(ours.get(key), theirs.get(key))}")
    return found


def _shown(ours: Any, theirs: Any) -> str:
    """Both opinions; of two invoices only the lines that differ, and the totals."""
    if isinstance(ours, tuple) and isinstance(theirs, tuple) and isinstance(ours[0], Counter):
        ours, theirs = (
            (dict(one[0] - other[0]), *one[1:]) for one, other in ((ours, theirs), (theirs, ours))
        )
    return f"{ours}, judge {theirs}"


def compare(seed: int) -> None:
    """Fails with the seed and the scenario where the two calculations differ in a period."""
    written = random_scenario(seed)
    scenario = read_scenario(written)
    for period in periods_of(written):
        result = simulate(scenario, Period.parse(period))
        wrong = "\n".join(differences(result, judge(written, period)))
        assert not wrong, f"seed {seed}, period {period}\n{wrong}\n{compact(written)}"


@pytest.mark.parametrize("block", range(10))
def test_engine_and_judge_agree(block: int) -> None:
    """Every ledger, line and total of fixed random scenarios is the same in both."""
    for seed in range(block * SEEDS_IN_A_BLOCK, (block + 1) * SEEDS_IN_A_BLOCK):
        compare(seed)
