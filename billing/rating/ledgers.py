"""What is beyond allowance and packs: charged, charged up to a cap, refused or free.

The table at the end has one small function for each way; a new way is a new row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType

from billing.catalog.edition import Beyond
from billing.entitlements import Contract, cap
from billing.rating.charges import Ledger
from billing.rating.cover import Covered
from billing.rating.drawdown import NOTHING

Split = tuple[Decimal, Decimal, Decimal]
"""Units that are included after all, overage and refused."""


def _charged(contract: Contract, covered: Covered) -> Split:
    beyond, allowed = covered.cover.beyond, cap(contract, covered.meter)
    overage = beyond if allowed is None else min(beyond, allowed)
    return NOTHING, overage, beyond - overage


def _charged_if_priced(contract: Contract, covered: Covered) -> Split:
    price = contract.price("overage", covered.meter.meter.key)
    if price is None or price.indicative:
        return _refused(contract, covered)
    return _charged(contract, covered)


def _refused(_: Contract, covered: Covered) -> Split:
    return NOTHING, NOTHING, covered.cover.beyond


def _free(_: Contract, covered: Covered) -> Split:
    return covered.cover.beyond, NOTHING, NOTHING


BEYOND: Mapping[Beyond, Callable[[Contract, Covered], Split]] = MappingProxyType(
    {
        Beyond.CHARGED: _charged,
        Beyond.CHARGED_TO_CAP: _charged,
        Beyond.CHARGED_IF_PRICED: _charged_if_priced,
        Beyond.REFUSED: _refused,
        Beyond.FREE: _free,
    }
)


def ledger(contract: Contract, covered: Covered) -> Ledger:
    """A meter's ledger of the period."""
    free, overage, refused = BEYOND[covered.meter.beyond](contract, covered)
    return Ledger(
        order=contract.terms.id,
        meter=covered.meter.meter.key,
        period=contract.period,
        used=covered.used,
        included=covered.cover.included + free,
        from_packs=covered.cover.from_packs,
        overage=overage,
        refused=refused,
        allowance=covered.allowance,
        granted=covered.granted,
        cap=cap(contract, covered.meter),
        shares=covered.shares,
        peak_at=covered.peak_at,
    )
