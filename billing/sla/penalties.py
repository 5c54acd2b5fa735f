"""Contractual penalties for repair after the deadline (R108-R118)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from billing.entitlements import Contract
from billing.money import Money, money
from billing.rating.recurring import monthly_fee
from billing.sla.deadlines import full_units
from billing.sla.levels import level_in
from billing.sla.record import Incident, ServiceRecord
from metering.calendar import end_of, local_day

Units = dict[str, list[datetime]]
"""The instants at which full hours or days of excess were completed, by the incident's id."""


@dataclass(frozen=True, slots=True)
class Penalty:
    """What the provider owes for an incident in a period: full hours or days of excess."""

    incident: str
    units: int
    amount: Money


@dataclass(frozen=True, slots=True)
class _Excess:
    """The units of an incident completed in a period, with their exact worth before any cap."""

    incident: Incident
    completed: tuple[datetime, ...]
    worth: Fraction


def penalties(
    contract: Contract,
    record: ServiceRecord,
    base: Money,
    until: datetime,
    paid: Mapping[str, Money],
    units: Units | None = None,
) -> list[Penalty]:
    """The penalties of an order's period, one for each incident that was open in it.

    ``base`` is the recurring fees that the period's invoice bills, ``until`` the end of
    incidents that are not repaired, ``paid`` what was owed for incidents in earlier periods.
    ``units`` keeps what was completed of each incident, for whoever settles period after period.
    The exact sum is capped, then rounded once, and shared in the order in which the incidents'
    last units were completed; the last one takes the remainder.
    """
    known: Units = {} if units is None else units
    found = [
        _excess(contract, own, base, _completed(contract, own, until, known), paid)
        for own in record.incidents
        if own.is_ours and _is_open(own, contract, until)
    ]
    cap = Fraction(base.amount) * contract.catalog.sla_rules.penalty_cap_monthly_fees
    whole = money(min(sum((one.worth for one in found), Fraction()), cap), contract.terms.currency)
    shares = dict(_shared(found, whole))
    nothing = money(Fraction(), contract.terms.currency)
    return [
        Penalty(one.incident.id, len(one.completed), shares.get(one.incident.id, nothing))
        for one in found
    ]


def _is_open(incident: Incident, contract: Contract, until: datetime) -> bool:
    """Whether an incident was known and not yet repaired at some instant of the period."""
    known = incident.reported or incident.qualified
    if known is None or level_in(contract, local_day(known)).penalty is None:
        return False
    end, start = incident.repaired or until, contract.period.start
    return known < contract.period.end and (known >= start or end > start)


def _completed(
    contract: Contract, incident: Incident, until: datetime, known: Units
) -> Sequence[datetime]:
    """The units completed in the period; one that ends with it belongs to it (R110)."""
    if incident.qualified is None or not incident.service_unavailable:
        return ()
    if incident.id not in known:
        last = contract.terms.end_date
        end = until if last is None else min(until, end_of(last))
        level = level_in(contract, local_day(incident.qualified))
        known[incident.id] = list(full_units(level, incident, end))
    units, period = known[incident.id], contract.period
    return units[bisect_right(units, period.start) : bisect_right(units, period.end)]


def _excess(
    contract: Contract,
    incident: Incident,
    base: Money,
    completed: Sequence[datetime],
    paid: Mapping[str, Money],
) -> _Excess:
    """What completed units are worth, as far as the liability for the incident goes (R118)."""
    if not completed or incident.qualified is None:
        return _Excess(incident, (), Fraction())
    penalty = level_in(contract, local_day(incident.qualified)).penalty
    share = Fraction(penalty.share) if penalty else Fraction()
    worth = len(completed) * share * Fraction(base.amount)
    before = paid.get(incident.id)
    left = liability(contract, incident) - (Fraction(before.amount) if before else 0)
    return _Excess(incident, tuple(completed), max(min(worth, left), Fraction()))


def liability(contract: Contract, incident: Incident) -> Fraction:
    """The most that is owed for an incident: monthly fees of the day it became known (R118)."""
    known = incident.reported or incident.qualified
    months = contract.catalog.sla_rules.liability_cap_monthly_fees
    return Fraction() if known is None else months * monthly_fee(contract, local_day(known))


def _shared(found: list[_Excess], whole: Money) -> Iterator[tuple[str, Money]]:
    """Shares out the period's penalty; whoever completed units last takes the remainder."""
    owed = sorted((one for one in found if one.worth), key=lambda one: one.completed[-1])
    left = whole
    for one in owed[:-1]:
        own = min(money(one.worth, str(whole.currency)), left)
        left -= own
        yield one.incident.id, own
    for one in owed[-1:]:
        yield one.incident.id, left
