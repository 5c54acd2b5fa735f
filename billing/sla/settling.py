"""Settles an order's periods one after the other: availability, penalties, credits, charges."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from billing.catalog.edition import Catalog
from billing.entitlements import Contract
from billing.money import Money
from billing.orders.terms import OrderTerms
from billing.rating.charges import Charge, Charged, charge
from billing.sla.credits import Credit, credit, fee_base
from billing.sla.deadlines import Deadlines, deadlines
from billing.sla.levels import Measured, level_on, measure
from billing.sla.penalties import Penalty, Units, penalties
from billing.sla.record import Incident, ServiceRecord
from metering.calendar import Period, local_day

WORK = "service_work"


@dataclass(frozen=True, slots=True)
class Settled:
    """What the service levels of an order's period come to.

    ``next`` is the period that a credit is given back in, None where the order has ended.
    """

    order: str
    period: Period
    next: Period | None
    measured: tuple[Measured, ...]
    penalties: tuple[Penalty, ...]
    credit: Credit | None


@dataclass
class Settlement:
    """Settles the periods of one order, in their order; it remembers what incidents have cost.

    ``until`` is the instant up to which incidents run that are not repaired.
    """

    record: ServiceRecord
    until: datetime
    paid: dict[str, Money] = field(default_factory=dict)
    units: Units = field(default_factory=dict)

    def settle(self, contract: Contract, charges: tuple[Charge, ...]) -> Settled:
        """Settles a period, of which ``charges`` are those that its invoice bills."""
        base = fee_base(charges, contract.terms.currency)
        owed = penalties(contract, self.record, base, self.until, self.paid, self.units)
        for one in owed:
            before = self.paid.get(one.incident)
            self.paid[one.incident] = one.amount if before is None else before + one.amount
        claim, following = self.record.claim(contract.period), contract.period.next()
        return Settled(
            order=contract.terms.id,
            period=contract.period,
            next=following if contract.terms.edition_in(following) else None,
            measured=tuple(measure(contract, self.record)),
            penalties=tuple(owed),
            credit=credit(contract, self.record, claim, base) if claim else None,
        )


def work_charges(contract: Contract, record: ServiceRecord) -> Iterator[Charged]:
    """The accepted hours of work on false reports that was done in the period (R116, R117)."""
    hours: defaultdict[Period, Fraction] = defaultdict(Fraction)
    for own in record.work:
        if own.accepted is not None and own.performed is not None:
            hours[Period.of(own.performed)] += Fraction(own.hours)
    price = contract.price(WORK, WORK)
    yield charge(contract, WORK, WORK, hours[contract.period], price, f"prices.{WORK}")


@dataclass(frozen=True, slots=True)
class Timeliness:
    """When an incident's reaction and repair were due for an order, and whether they were late."""

    incident: Incident
    order: str
    due: Deadlines
    reaction_late: bool
    repair_late: bool


def timeliness(
    terms: OrderTerms, catalog: Catalog, incident: Incident, now: datetime
) -> Timeliness:
    """Whether reaction and repair were in time; a late reaction has no penalty (R113)."""
    known = local_day(incident.reported or incident.qualified or now)
    due = deadlines(catalog.sla_levels[level_on(terms, known)], incident, now)
    return Timeliness(
        incident,
        terms.id,
        due,
        due.reaction is not None and (incident.qualified or now) > due.reaction,
        due.repair is not None and (incident.repaired or now) > due.repair,
    )
