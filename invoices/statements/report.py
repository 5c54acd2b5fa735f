"""A statement read whole, all of it as of one moment: meters, days, cost so far, single entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import Contract, contract
from billing.orders.routes import not_loaded
from billing.rating.charges import Rated
from billing.rating.rate import rate_period
from billing.rating.runs import in_runs
from billing.reading import UsageReader
from billing.statement import UsageStatement, statement
from invoices import queries
from invoices.drafting import Customer, Draft, customer, draft_rated
from invoices.earlier import earlier_periods
from invoices.finding import load_invoices
from invoices.invoice import Invoice, invoice_key
from invoices.late import Late, late_usage
from invoices.service import NOTHING, ServiceOwed, services_owed
from metering import queries as usage_queries
from metering.calendar import ONE_DAY, Period, Span, local_day
from metering.days import DayUse, read_days
from metering.history import Rows, asked_sums
from metering.itemised import Itemised, read_itemised
from metering.problems import Problem, ProblemsFound
from metering.store import Asked, UsageStore
from metering.usage import PeriodUsage


@dataclass(frozen=True, slots=True)
class Basis:
    """What the draft of a period is made of while it has no invoice."""

    customer: Customer
    contract: Contract
    entries: int
    reader: UsageReader
    late: Late | None
    service: ServiceOwed

    def draft(self, rated: Rated) -> Draft:
        """The draft that a period comes to, its usage rated so."""
        whole = (self.reader, self.customer, self.contract, self.entries, rated, self.late)
        return draft_rated(*whole, self.service)


@dataclass(frozen=True, slots=True)
class Report:
    """An order's statement of a period.

    ``usage`` is what rating starts from, ``days`` are those of each meter that was used,
    ``repeats`` how often its events came again. ``cost`` is the period's invoice, with
    ``late_entries`` that came after it; before it is issued, the draft that the usage so far makes
    of its ``basis``, None where there is nothing to charge or ``problems`` prevent it. ``items``
    are the single entries, read only when they are asked for. All is as of a ``day``.
    """

    customer: Customer
    period: Period
    day: date
    usage: PeriodUsage
    statement: UsageStatement
    days: Mapping[str, Sequence[DayUse]]
    repeats: Mapping[str, int]
    cost: Mapping[str, Any] | None
    problems: tuple[Problem, ...]
    late_entries: int
    items: Itemised
    basis: Basis | None = None

    @property
    def invoices(self) -> list[str]:
        """The number of the period's invoice, if it is issued."""
        return [self.cost["number"]] if self.cost and self.cost.get("number") else []

    @property
    def language(self) -> str:
        """The language of the account's documents."""
        return self.customer.account.language

    def days_of(self, meter: str) -> Sequence[DayUse]:
        """The days of a meter, used or not."""
        first = self.period.first_day
        unused = [DayUse(first + n * ONE_DAY, Decimal(0)) for n in range(self.period.days)]
        return self.days.get(meter, unused)


def read_report(
    decisions: Decisions,
    usage: UsageStore,
    catalog: Catalog,
    order: str,
    period: Period,
    now: datetime,
) -> Report:
    """The statement of an order's period; raises ProblemsFound where there is none to give."""
    own, governed = served(decisions.rows, catalog, order, period)
    today = local_day(now)
    issued = _invoice(decisions, own, period)
    asked = {"order": order, "first": period.first_day, "last": period.last_day}
    position = issued.draft.usage_position if issued else None
    with usage.snapshot(*asked_sums([order], period)) as rows:
        reader = UsageReader(usage, rows, [order], period)
        recorded = reader.read(governed)
        used = in_runs(governed, recorded.usage)
        rated = rate_period(governed, used)
        cost: Mapping[str, Any] | None
        problems: tuple[Problem, ...]
        basis: Basis | None = None
        if issued is not None:
            cost, problems = issued.document, ()
        else:
            since = earlier_periods(rows, [order], period).since.get(order)
            late = late_usage(decisions, reader, catalog, own.terms, since) if since else None
            services = services_owed(decisions, catalog, [own.terms], period)
            service = services.get(order, NOTHING)
            basis = Basis(own, governed, recorded.entries, reader, late, service)
            draft = basis.draft(rated)
            cost, problems = draft.document, draft.problems
        span = Span(period.first_day, period.last_day)
        items = read_itemised(
            usage, rows, order, span, catalog.meters, today=today, invoiced=position
        )
        return Report(
            customer=own,
            period=period,
            day=today,
            usage=used,
            statement=statement(governed, used, rated, now),
            days=read_days(rows, order, period, today),
            repeats={row["meter"]: row["repeats"] for row in rows(usage_queries.REPEATS, **asked)},
            cost=cost,
            problems=problems,
            late_entries=items.late_entries,
            items=items,
            basis=basis,
        )


def customer_query(order: str, period: Period) -> Asked:
    """The query that `served` will ask, for a snapshot that knows it ahead."""
    return queries.ORDERS_TO_INVOICE, {"first": period.first_day, "orders": [order]}


def served(rows: Rows, catalog: Catalog, order: str, period: Period) -> tuple[Customer, Contract]:
    """An order with its contract of a period; raises ProblemsFound where it has none."""
    own = _customer(rows, order, period)
    if (problem := not_loaded(own.terms, catalog)) is not None:
        raise ProblemsFound([problem])
    governed = contract(own.terms, catalog, period)
    if governed is None:
        raise ProblemsFound([_not_in_service(own, period)])
    return own, governed


def _customer(rows: Rows, order: str, period: Period) -> Customer:
    query, asked = customer_query(order, period)
    found = rows(query, **asked)
    if not found:
        message = f"there is no order {order}: `licznik orders list` shows those there are"
        raise ProblemsFound([Problem("unknown_order", "order", message)])
    return customer(found[0])


def _not_in_service(own: Customer, period: Period) -> Problem:
    terms = own.terms
    ended = f" and ended on {terms.end_date}" if terms.end_date else ""
    message = (
        f"order {terms.id} was not in service in {period}: "
        f"it was launched on {terms.launch_date}{ended}"
    )
    return Problem("not_in_service", "period", message)


def _invoice(decisions: Decisions, own: Customer, period: Period) -> Invoice | None:
    """The issued invoice of a period, not one that was annulled."""
    found = load_invoices(decisions, [invoice_key(own.terms.id, str(period), own.annulled)])
    return next((own for own in found if own.issued), None)
