"""What a plan costs: bills a scenario with the same functions that bill recorded usage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from billing.entitlements import Contract, contract, timed_meters
from billing.invoicing import InvoiceDraft, bill
from billing.orders.terms import OrderTerms
from billing.rating.charges import Charge, Ledger, Rated
from billing.rating.rate import rate_period
from billing.scenario import Scenario
from billing.sla.credits import credit_of
from billing.sla.settling import Settled, Settlement, Timeliness, timeliness, work_charges
from metering.calendar import Period, periods
from metering.problems import Problem
from metering.usage import summarise


@dataclass(frozen=True)
class Simulation:
    """The outcome: with problems there are no invoices."""

    invoices: tuple[InvoiceDraft, ...] = ()
    ledgers: tuple[Ledger, ...] = ()
    problems: tuple[Problem, ...] = ()
    settled: tuple[Settled, ...] = ()
    incidents: tuple[Timeliness, ...] = ()


@dataclass(frozen=True, slots=True)
class _Billed:
    """One order's period of a scenario."""

    period: Period
    invoice: InvoiceDraft | None
    rated: Rated
    settled: Settled


def simulate(scenario: Scenario, only: Period | None = None) -> Simulation:
    """Bills every order for all periods from the first launch to the last dated thing.

    With ``only``, the outcome is that of one period. Where anything happened to a service, those
    before it are billed all the same: credits and penalties reach from one into the next.
    """
    last = max(scenario.last_period(), only) if only else scenario.last_period()
    billed: list[_Billed] = []
    problems: list[Problem] = []
    incidents: list[Timeliness] = []
    for i, terms in enumerate(scenario.orders.terms.values()):
        own = [one for one in _bill(scenario, terms, last, only) if only in (None, one.period)]
        billed += own
        problems += [one.under(f"orders[{i}]") for had in own for one in had.rated.problems]
        known = scenario.record.of(terms.id).incidents
        incidents += [timeliness(terms, scenario.catalog, one, last.end) for one in known]
    unique = tuple(dict.fromkeys(problems))
    return Simulation(
        () if unique else tuple(one.invoice for one in billed if one.invoice),
        tuple(ledger for one in billed for ledger in one.rated.ledgers),
        unique,
        tuple(one.settled for one in billed),
        tuple(incidents),
    )


def _bill(
    scenario: Scenario, terms: OrderTerms, last: Period, only: Period | None
) -> Iterator[_Billed]:
    """Bills an order, period after period; credits go to the next one that has room for them."""
    record = scenario.record.of(terms.id)
    first = only if only and not record else scenario.first_period()
    settlement = Settlement(record, last.end)
    account, owed = scenario.orders.accounts[terms.account], tuple[Charge, ...]()
    for period in periods(first, only or last):
        governed = contract(terms, scenario.catalog, period, modelling=True)
        if governed is None:
            continue
        rated = rate_scenario(scenario, terms, governed)
        settled = settlement.settle(governed, rated.charges)
        whole = rated.with_more((*work_charges(governed, record), *owed))
        draft, owed = bill(governed, whole, account)
        if settled.credit is not None and settled.credit.amount.amount:
            owed += (credit_of(settled.credit.period, settled.credit.amount),)
        yield _Billed(period, draft, whole, settled)


def rate_scenario(scenario: Scenario, terms: OrderTerms, governed: Contract) -> Rated:
    """Rates one order's period of a scenario."""
    meters = {key: own.meter for key, own in governed.edition.meters.items()}
    uses = (event.use for event in scenario.events.get(terms.id, ()))
    usage = summarise(uses, meters, governed.period, timed_meters(governed))
    return rate_period(governed, usage)
