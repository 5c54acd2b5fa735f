"""Plans as plain data for programs: amounts as text, as in every document of the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from billing.money import Money, amount_text, plain
from billing.plans.backtest import BackTest, Effect, OrderEffect
from billing.plans.break_even import BreakEven
from billing.plans.comparing import Comparison
from billing.plans.exposure import LevelExposure
from billing.plans.values import Excluded, Mix, Plan, PricedPlan, Ranking
from metering.calendar import WARSAW
from metering.problems import problem_json

Document = dict[str, Any]


def ranking_document(edition: str, ranking: Ranking) -> Document:
    """The cheapest plans of an edition, and the packages left out."""
    return {
        "edition": edition,
        "plans": [mix_document(own) for own in ranking.mixes],
        "excluded": [excluded_document(own) for own in ranking.excluded],
    }


def mix_document(mix: Mix) -> Document:
    """A plan with its price and proof."""
    proof = mix.proof
    return {
        **priced_document(mix.priced),
        "proof": {
            "exact": proof.is_exact,
            "combinations": proof.combinations,
            "packs": proof.packs,
            "neighbours": proof.neighbours,
            "proposed": _amount(proof.proposed),
        },
    }


def excluded_document(own: Excluded) -> Document:
    """A package that cannot do what is wanted."""
    return {
        "package": own.package,
        "problems": [problem_json(one) for one in own.problems],
        "nearest": priced_document(own.nearest) if own.nearest else None,
    }


def priced_document(priced: PricedPlan) -> Document:
    """A plan with what it costs in each month, line by line."""
    return {
        **plan_document(priced.plan),
        "currency": priced.currency,
        "net": amount_text(priced.net),
        "gross": amount_text(priced.gross),
        "indicative": priced.is_indicative,
        "months": [
            {
                "period": str(month.period),
                "net": amount_text(month.invoice.net) if month.invoice else "0.00",
                "lines": [
                    {
                        "kind": line.charge.kind,
                        "item": line.charge.item,
                        "quantity": plain(line.charge.quantity),
                        "unit_price": f"{line.charge.unit_price:f}",
                        "net": amount_text(line.charge.net),
                        "indicative": line.charge.indicative,
                    }
                    for line in (month.invoice.lines if month.invoice else ())
                ],
                "refused": {own.meter: plain(own.refused) for own in month.refused},
            }
            for month in priced.months
        ],
    }


def plan_document(plan: Plan) -> Document:
    """A plan as an order would state it."""
    return {
        "edition": plan.edition,
        "package": plan.package,
        "licences": plan.licences,
        "level": plan.level,
        "addons": [{"item": item, "quantity": many} for item, many in plan.addons],
        "packs": [
            {
                "item": line.item,
                "at": line.at.astimezone(WARSAW).isoformat(),
                "quantity": line.quantity,
                "recurring": line.recurring,
                "to": line.end.isoformat() if line.end else None,
            }
            for line in plan.packs
        ],
    }


def comparison_document(comparison: Comparison) -> Document:
    """Columns and rows; a cell is None where nothing is charged."""
    return {
        "columns": [
            {
                "edition": own.edition,
                "package": own.package,
                "net": _amount(own.priced.net if own.priced else None),
                "problems": [problem_json(one) for one in own.problems],
            }
            for own in comparison.columns
        ],
        "rows": [
            {
                "kind": row.kind,
                "item": row.item,
                "cells": [
                    {"net": amount_text(cell.net), "indicative": cell.is_indicative}
                    if cell
                    else None
                    for cell in row.cells
                ],
            }
            for row in comparison.rows
        ],
    }


def break_even_document(edition: str, found: BreakEven) -> Document:
    """The points of a chart and the crossings."""
    return {
        "edition": edition,
        "variable": found.variable,
        "points": [
            {
                "quantity": point.quantity,
                "nets": {key: _amount(net) for key, net in point.nets},
                "cheapest": point.winner,
            }
            for point in found.points
        ],
        "crossings": [
            {
                "from": own.quantity,
                "before": own.before,
                "net_before": _amount(own.net_before),
                "after": own.after,
                "net_after": _amount(own.net_after),
            }
            for own in found.crossings
        ],
    }


def exposure_document(plan: Plan, levels: Iterable[LevelExposure]) -> Document:
    """Each level with what outages would cost."""
    return {
        "edition": plan.edition,
        "package": plan.package,
        "levels": [
            {
                "level": own.level,
                "fee": amount_text(own.fee),
                "indicative": own.is_indicative,
                "recurring": amount_text(own.recurring),
                "most_credit": amount_text(own.most_credit),
                "most_penalty": amount_text(own.most_penalty),
                "losses": [
                    {
                        "period": str(loss.period),
                        "hours": plain(loss.outage.hours) if loss.outage else None,
                        "availability": f"{loss.availability}",
                        "credit_percent": plain(loss.credit_percent),
                        "credit": amount_text(loss.credit),
                        "penalty": amount_text(loss.penalty),
                    }
                    for loss in own.losses
                ],
            }
            for own in levels
        ],
    }


def back_test_document(found: BackTest) -> Document:
    """A back-test with every order."""
    return {
        "dearer": found.dearer,
        "cheaper": found.cheaper,
        "same": found.same,
        "totals": {key: _effect(own) for key, own in found.totals.items()},
        "kinds": {key: _effects(own) for key, own in found.kinds.items()},
        "orders": [_order(own) for own in found.orders],
    }


def _order(own: OrderEffect) -> Document:
    return {
        "order": own.order,
        "account": own.account,
        "currency": own.currency,
        **_effect(own.whole),
        "kinds": _effects(own.kinds),
        "months": [
            {
                "period": str(month.period),
                **_effect(month.whole),
                "refused": {key: plain(units) for key, units in month.refused.items()},
            }
            for month in own.months
        ],
        "problems": [problem_json(one) for one in own.problems],
    }


def _effects(kinds: Mapping[str, Effect]) -> Document:
    return {kind: _effect(own) for kind, own in kinds.items()}


def _effect(own: Effect) -> Document:
    amounts = {"before": own.before, "after": own.after, "difference": own.difference}
    return {name: amount_text(amount) for name, amount in amounts.items()}


def _amount(amount: Money | None) -> str | None:
    return None if amount is None else amount_text(amount)
