"""Claims and the credits they earn (R93-R96)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing.entitlements import Contract
from billing.money import Money, money, total
from billing.rating.charges import Charge
from billing.rating.recurring import KINDS
from billing.sla.levels import measure, measured_time
from billing.sla.record import Claim, Incident, ServiceRecord
from billing.sla.service_time import Stretch
from metering.calendar import Period, Span

CREDIT = "sla_credit"
REASONS = ("late", "external_cause", "no_drop", "not_reported", "not_confirmed")
"""Why a claim is refused, in the order in which it is looked at."""


@dataclass(frozen=True, slots=True)
class Credit:
    """What became of a claim: ``granted``, ``pending``, or ``refused`` with the reason."""

    order: str
    period: Period
    state: str
    reason: str | None
    percent: Decimal
    amount: Money


def fee_base(charges: Iterable[Charge], currency: str) -> Money:
    """The recurring fees among some charges: what credits and penalties are a share of (R96)."""
    return total([own.net for own in charges if own.kind in KINDS], currency)


def last_day_to_claim(period: Period, claim_days: int) -> date:
    """The last day on which a claim for a period may be filed, inclusive (R94)."""
    return period.last_day + timedelta(days=claim_days)


def credit(contract: Contract, record: ServiceRecord, claim: Claim, base: Money) -> Credit:
    """What a claim comes to; ``base`` is the recurring fees of the period it is for."""
    percent = max((own.credit_percent for own in measure(contract, record)), default=Decimal(0))
    reason = _refusal(contract, record, claim, percent)
    state = "refused" if reason else "granted" if claim.is_confirmed else "pending"
    share = percent if state == "granted" else Decimal(0)
    amount = money(Fraction(base.amount) * Fraction(share) / 100, contract.terms.currency)
    return Credit(claim.order, claim.period, state, reason, percent, amount)


def _refusal(
    contract: Contract, record: ServiceRecord, claim: Claim, percent: Decimal
) -> str | None:
    measured = measured_time(contract)
    known = [own for own in record.incidents if own.was_reported_in(claim.period)]
    reported = [own for own in known if measured and _failed(own, measured)]
    is_ours = any(own.is_ours for own in reported)
    applies = {
        "late": claim.filed > last_day_to_claim(claim.period, _claim_days(contract)),
        "external_cause": bool(reported) and not is_ours,
        "no_drop": not percent,
        "not_reported": not is_ours,
        "not_confirmed": claim.decided is not None and not claim.is_confirmed,
    }
    return next((reason for reason in REASONS if applies[reason]), None)


def _claim_days(contract: Contract) -> int:
    return contract.catalog.sla_rules.claim_days


def _failed(incident: Incident, measured: Stretch) -> bool:
    """Whether critical functions were down in some time."""
    return any(own.within(measured) for own in incident.failures(measured.end))


def credit_of(period: Period, amount: Money) -> Charge:
    """The negative line that gives an amount back; its days are the period that earned it."""
    days = Span(period.first_day, period.last_day)
    return Charge(CREDIT, CREDIT, Decimal(-1), amount.amount, -amount, days=days)
