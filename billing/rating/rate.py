"""Rates one order's period: every ledger and every charge of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from billing.entitlements import Contract
from billing.rating.charges import Charge, Charged, Ledger, Rated, charge
from billing.rating.cover import cover_usage
from billing.rating.ledgers import ledger
from billing.rating.packs import pack_charges
from billing.rating.recurring import recurring_charges
from metering.problems import Problem
from metering.usage import PeriodUsage

FEES: tuple[Callable[[Contract], Iterable[Charged]], ...] = (
    recurring_charges,
    pack_charges,
)


def rate_period(contract: Contract, usage: PeriodUsage) -> Rated:
    """Rates a period; what lacks a price is a problem, and all of them are found.

    A meter of which nothing was used, as by a text of spaces alone, has no ledger.
    """
    order = list(contract.edition.meters)
    ledgers = sorted(
        (ledger(contract, own) for own in cover_usage(contract, usage) if own.used),
        key=lambda own: order.index(own.meter),
    )
    charged = [one for fee in FEES for one in fee(contract)]
    charged += [_overage(contract, own) for own in ledgers]
    return Rated(
        order=contract.terms.id,
        period=contract.period,
        ledgers=tuple(ledgers),
        charges=tuple(one for one in charged if isinstance(one, Charge)),
        problems=tuple(one for one in charged if isinstance(one, Problem)),
    )


def _overage(contract: Contract, own: Ledger) -> Charged:
    """One overage charge for a meter and period, rounded once."""
    price, where = contract.price("overage", own.meter), f"prices.overage.{own.meter}"
    return charge(contract, "overage", own.meter, Fraction(own.overage), price, where)
