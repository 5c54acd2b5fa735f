"""What is recorded and invoiced month by month comes to what the simulation says it will.

The simulation is calculated twice already (`test_sla_judged`); here the way through the database,
the runs and the read models is compared with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given, settings

from billing.documents import invoice_document
from billing.modelling import Simulation, simulate
from billing.sla.documents import penalty_documents
from invoices.finding import load_invoices
from invoices.invoice import INVOICE, NOTE, Invoice
from invoices.issuing import InvoiceRun
from invoices.notes import NoteRun
from metering.calendar import Period, periods
from tests.builders import Plain, catalog, read_scenario
from tests.judges.scenarios import scenarios
from tests.recorded_words import record_all
from tests.running import (
    MIGRATED,
    Server,
    decision_store,
    differences,
    place,
    rows,
    usage_store,
)

Bill = dict[tuple[str, str], Any]
AFTERWARDS = datetime(2029, 1, 15, 12, tzinfo=UTC)
"""After all that a scenario speaks of: everything was recorded and every claim decided by then."""


def issue(url: str, period: Period) -> None:
    """Invoices a period and states its penalties, as the commands do."""
    with decision_store(url) as decisions, usage_store(url) as usage:
        run = InvoiceRun(decisions, usage, catalog(), period, AFTERWARDS)
        list(run.issue(run.orders()))
        assert run.outcome.problems == []
        notes = NoteRun(decisions, catalog(), period, AFTERWARDS).issue()
        assert (notes.not_invoiced, notes.changed) == ([], [])


def documents(url: str, kind: str) -> list[Invoice]:
    """Every document of a kind, in the order of their numbers."""
    query = "SELECT id FROM invoice WHERE kind = %s ORDER BY number"
    with decision_store(url) as decisions:
        return [*load_invoices(decisions, (key for (key,) in rows(url, query, kind)))]


def figures(own: Mapping[str, Any]) -> Any:
    """The lines and sums of an invoice, whatever it is called and whenever it was issued."""
    names = ("kind", "item", "quantity", "unit_price", "net", "vat_rate", "indicative", "proration")
    lines = [[one[name] for name in names] for one in own["lines"]]
    return sorted(lines, key=str), own["net"], own["vat"], own["gross"]


def invoiced(url: str) -> Bill:
    """What each order's invoice of each period says."""
    found = [own.document for own in documents(url, INVOICE)]
    return {(own["order"], own["period"]): figures(own) for own in found}


def simulated(result: Simulation) -> Bill:
    """What a simulation says that they will say."""
    found = map(invoice_document, result.invoices)
    return {(own["order"], own["period"]): figures(own) for own in found}


def stated(url: str) -> list[tuple[str, ...]]:
    """Order, period, incident, units and amount of each line of the accounting notes."""
    return sorted(
        (own.document["order"], own.document["period"], one["item"], one["quantity"], one["net"])
        for own in documents(url, NOTE)
        for one in own.document["lines"]
    )


def owed(result: Simulation) -> list[tuple[str, ...]]:
    """The same of a simulation, without those that come to nothing."""
    return sorted(
        (one["order"], one["period"], one["incident"], str(one["units"]), one["amount"])
        for settled in result.settled
        for one in penalty_documents(settled)
        if Decimal(one["amount"])
    )


@settings(max_examples=12)
@given(written=scenarios(overlapping=False))
def test_what_is_recorded_is_invoiced_as_it_was_simulated(server: Server, written: Plain) -> None:
    scenario = read_scenario(written)
    result = simulate(scenario)
    with server.database(MIGRATED) as url:
        place(url, *written["orders"], accounts=written["accounts"])
        record_all(url, written, AFTERWARDS)
        for period in periods(scenario.first_period(), scenario.last_period()):
            issue(url, period)
        assert invoiced(url) == simulated(result)
        assert stated(url) == owed(result)
        assert differences(url) == []
