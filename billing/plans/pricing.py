"""Prices a plan: an order of it, rated and billed month after month by the code that bills."""

from __future__ import annotations

from billing.orders.terms import OrderTerms
from billing.plans.values import Basis, Demand, Plan, PricedPlan

ORDER = "plan"
"""The id of a plan's order."""


def terms_of(demand: Demand, plan: Plan, basis: Basis, order: str = ORDER) -> OrderTerms:
    """The order that a plan would be, launched on the first day of the first month."""
    raise NotImplementedError


def price_plan(demand: Demand, plan: Plan, basis: Basis) -> PricedPlan:
    """What a plan costs in every month, as `licznik simulate` would bill it."""
    raise NotImplementedError
