"""What a plan costs: bills a scenario with the same functions that bill recorded usage."""

from __future__ import annotations

from dataclasses import dataclass

from billing.entitlements import Contract, contract, timed_meters
from billing.invoicing import InvoiceDraft, draft_invoice
from billing.orders.terms import OrderTerms
from billing.rating.charges import Ledger, Rated
from billing.rating.rate import rate_period
from billing.scenario import Scenario
from metering.calendar import Period, periods
from metering.problems import Problem
from metering.usage import summarise


@dataclass(frozen=True)
class Simulation:
    """The outcome: with problems there are no invoices."""

    invoices: tuple[InvoiceDraft, ...]
    ledgers: tuple[Ledger, ...]
    problems: tuple[Problem, ...]


def simulate(scenario: Scenario, only: Period | None = None) -> Simulation:
    """Bills every order for one period, or for all from first launch to last dated thing."""
    first, last = (only, only) if only else (scenario.first_period(), scenario.last_period())
    invoices: list[InvoiceDraft] = []
    ledgers: list[Ledger] = []
    problems: list[Problem] = []
    for i, terms in enumerate(scenario.orders.terms.values()):
        for period in periods(first, last):
            governed = contract(terms, scenario.catalog, period, modelling=True)
            if governed is None:
                continue
            rated = rate_scenario(scenario, terms, governed)
            account = scenario.orders.accounts[terms.account]
            draft = draft_invoice(governed, rated, account)
            ledgers += rated.ledgers
            invoices += [draft] if draft else []
            problems += [problem.under(f"orders[{i}]") for problem in rated.problems]
    unique = tuple(dict.fromkeys(problems))
    return Simulation(() if unique else tuple(invoices), tuple(ledgers), unique)


def rate_scenario(scenario: Scenario, terms: OrderTerms, governed: Contract) -> Rated:
    """Rates one order's period of a scenario."""
    meters = {key: own.meter for key, own in governed.edition.meters.items()}
    uses = (event.use for event in scenario.events.get(terms.id, ()))
    usage = summarise(uses, meters, governed.period, timed_meters(governed))
    return rate_period(governed, usage)
