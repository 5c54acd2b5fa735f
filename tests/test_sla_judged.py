"""The engine's service levels against a second calculation, which walks minute by minute."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings

from billing.modelling import Simulation, simulate
from billing.sla.documents import availability_document, credit_documents, penalty_documents
from tests.builders import Plain, read_scenario
from tests.judges.scenarios import scenarios
from tests.judges.sla import judge

Rows = list[dict[str, Any]]


def as_said(result: Simulation) -> dict[str, Rows]:
    """What the engine says of service levels, in the form of the contract."""
    return {
        "availability": [availability_document(o) for own in result.settled for o in own.measured],
        "penalties": [one for own in result.settled for one in penalty_documents(own)],
        "credits": [one for own in result.settled for one in credit_documents(own)],
    }


def in_order(found: dict[str, Rows]) -> dict[str, Rows]:
    """The same, each list in an order of its own."""
    return {
        name: sorted(rows, key=lambda row: sorted(map(str, row.items())))
        for name, rows in found.items()
    }


@settings(max_examples=60)
@given(scenarios(overlapping=False))
def test_both_calculations_agree(written: Plain) -> None:
    result = simulate(read_scenario(written))
    said, judged = as_said(result), judge(written)
    assert in_order(said) == in_order({name: judged[name] for name in said})
    assert within_bounds(result)


def within_bounds(result: Simulation) -> bool:
    """No credit above 15 % of the fees, no month's penalties above one month's fees."""
    for own in result.settled:
        base = fees(result, own.order, str(own.period))
        assert sum(one.amount.amount for one in own.penalties) <= base
        if own.credit is not None:
            assert own.credit.amount.amount * 100 <= 15 * base + 1
    return all(invoice.net.amount >= 0 for invoice in result.invoices)


def fees(result: Simulation, order: str, period: str) -> Any:
    """The recurring fees of an order's invoice."""
    return sum(
        line.charge.net.amount
        for invoice in result.invoices
        if (invoice.order, str(invoice.period)) == (order, period)
        for line in invoice.lines
        if line.charge.kind in ("subscription", "sla", "addon")
    )
