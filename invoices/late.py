"""Usage that arrived after its period was invoiced: found, rated again, compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.catalog.edition import Catalog
from billing.decisions import Decisions
from billing.entitlements import Contract, contract
from billing.orders.terms import OrderTerms
from billing.rating.adjustments import adjustments
from billing.rating.charges import Charge
from billing.rating.rate import rate_period
from invoices import queries
from invoices.invoice import invoice_key, replay_invoice
from invoices.reading import Reader
from metering.calendar import Period
from metering.problems import Problem


@dataclass(frozen=True, slots=True)
class Late:
    """What earlier periods of an order still owe.

    ``entries`` counts the usage entries of each period that is billed again, ``to_correct`` names
    the periods whose own invoice must be corrected instead, ``contract`` is that of the first.
    """

    charges: tuple[Charge, ...]
    problems: tuple[Problem, ...]
    entries: Mapping[str, int]
    to_correct: tuple[str, ...]
    contract: Contract | None


def late_usage(
    decisions: Decisions,
    reader: Reader,
    catalog: Catalog,
    terms: OrderTerms,
    since: Period,
) -> Late:
    """Rates every invoiced period of an order from the first that changed.

    Later ones are rated too: the level of a stock meter lives on from period to period.
    """
    asked = {"order": terms.id, "since": since.first_day, "first": reader.period.first_day}
    rows = decisions.rows(queries.INVOICED_PERIODS, **asked)
    invoiced = [Period.of(row["period"]) for row in rows]
    contracts = [own for period in invoiced if (own := contract(terms, catalog, period))]
    documents = [_document(decisions, terms.id, period) for period in invoiced]
    found: list[Charge | Problem | None] = []
    entries: dict[str, int] = {}
    to_correct: list[str] = []
    for governed in contracts:
        recorded = reader.read(governed)
        if governed.policies.late_usage == "correction":
            to_correct.append(str(governed.period))
            continue
        ledgers = {own.meter: own for own in rate_period(governed, recorded.usage).ledgers}
        found += adjustments(governed, ledgers, billed_overage(documents, governed.period))
        entries[str(governed.period)] = recorded.entries
    return Late(
        tuple(one for one in found if isinstance(one, Charge)),
        tuple(one for one in found if isinstance(one, Problem)),
        entries,
        tuple(to_correct),
        next(iter(contracts), None),
    )


def _document(decisions: Decisions, order: str, period: Period) -> Mapping[str, Any]:
    invoice = replay_invoice(decisions.events.get(invoice_key(order, str(period))))
    return invoice.document if invoice else {"period": str(period), "lines": []}


def billed_overage(documents: list[Mapping[str, Any]], period: Period) -> dict[str, Decimal]:
    """The overage of a period that invoices have charged: its own lines, and later adjustments."""
    billed: Counter[str] = Counter()
    for document in documents:
        for line in document["lines"]:
            own = line["kind"] == "overage" and document["period"] == str(period)
            later = line["kind"] == "adjustment" and line["days"]["from"][:7] == str(period)
            if own or later:
                billed[line["item"]] += Decimal(line["quantity"])  # type: ignore[assignment]
    return {meter: Decimal(units) for meter, units in billed.items()}
