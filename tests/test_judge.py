"""The engine against a second, slow and plain calculation, on random scenarios.

A failure prints the seed and the whole scenario: `random_scenario(seed)` makes it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from billing.modelling import Simulation, simulate
from metering.calendar import Period
from tests.builders import read_scenario
from tests.judge import judge
from tests.random_scenarios import compact, periods_of, random_scenario

SPLIT = ("used", "included", "from_packs", "overage", "refused")
SEEDS_IN_A_BLOCK = 20
WAYS = {
    *((meter, "included") for meter in ("api_calls", "records", "tickets", "queues", "surveys")),
    *((meter, "included") for meter in ("email_accounts", "disk_bytes", "sessions")),
    *((meter, "included") for meter in ("caller_channels", "mass_emails", "mass_sms")),
    *((meter, "from_packs") for meter in ("queues", "email_accounts", "disk_bytes", "surveys")),
    *((meter, "from_packs") for meter in ("mass_emails", "mass_sms", "sms", "hlr_lookups")),
    *((meter, "from_packs") for meter in ("tts_characters", "rule_launches", "training_hours")),
    *((meter, "overage") for meter in ("api_calls", "records", "tickets", "surveys", "sms")),
    *((meter, "overage") for meter in ("mass_emails", "mass_sms", "hlr_lookups")),
    *((meter, "overage") for meter in ("tts_characters", "rule_launches")),
    *((meter, "refused") for meter in ("queues", "email_accounts", "disk_bytes", "sessions")),
    *((meter, "refused") for meter in ("caller_channels", "mass_emails", "mass_sms")),
    *((meter, "refused") for meter in ("hlr_lookups", "training_hours")),
}
"""The ways to cover a unit that the scenarios must reach, by meter."""

Plain = dict[str, Any]


def ledgers(rows: list[Plain]) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """Ledgers of the second calculation by order and meter."""
    return {(row["order"], row["meter"]): tuple(row[part] for part in SPLIT) for row in rows}


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
    found += _differing(engine_ledgers(result), ledgers(opinion["ledgers"]))
    return found + _differing(engine_invoices(result), invoices(opinion["invoices"]))


def _differing(ours: Mapping[Any, Any], theirs: Mapping[Any, Any]) -> list[str]:
    return [
        f"{key}: engine {_shown(ours.get(key), theirs.get(key))}"
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]


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


@pytest.mark.parametrize("block", range(20))
def test_engine_and_judge_agree(block: int) -> None:
    """Every ledger, line and total of fixed random scenarios is the same in both."""
    for seed in range(block * SEEDS_IN_A_BLOCK, (block + 1) * SEEDS_IN_A_BLOCK):
        compare(seed)


@settings(max_examples=100, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(min_value=SEEDS_IN_A_BLOCK * 20, max_value=10**12))
def test_engine_and_judge_agree_on_scenarios_never_seen_before(seed: int) -> None:
    """Other seeds in every run."""
    compare(seed)


def test_the_random_scenarios_reach_every_way_to_cover_a_unit() -> None:
    """A generator that grew harmless would make the comparison worthless."""
    reached: Counter[tuple[str, str]] = Counter()
    for seed in range(60):
        written = random_scenario(seed)
        scenario = read_scenario(written)
        for period in periods_of(written):
            for own in simulate(scenario, Period.parse(period)).ledgers:
                reached.update((own.meter, part) for part in SPLIT[1:] if getattr(own, part))
    assert reached.keys() >= WAYS


def test_the_comparison_sees_a_unit_that_is_covered_otherwise() -> None:
    """A planted mistake: one unit moved from the allowance to overage."""
    result, opinion = opinions(seed=3)
    assert differences(result, opinion) == []
    first, *others = result.ledgers
    moved = replace(first, included=first.included - 1, overage=first.overage + 1)
    assert len(differences(replace(result, ledgers=(moved, *others)), opinion)) == 1


def test_the_comparison_sees_a_line_that_is_missing() -> None:
    """A planted mistake: an invoice without its last line."""
    result, opinion = opinions(seed=3)
    (invoice,) = result.invoices
    shorter = replace(invoice, lines=invoice.lines[:-1])
    assert len(differences(replace(result, invoices=(shorter,)), opinion)) == 1


def opinions(seed: int) -> tuple[Simulation, Plain]:
    """Both results for the first period of a scenario."""
    written = random_scenario(seed)
    period = periods_of(written)[0]
    return simulate(read_scenario(written), Period.parse(period)), judge(written, period)
