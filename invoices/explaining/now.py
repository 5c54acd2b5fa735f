"""A meter as it stands now, explained like one of an invoice: its days, packs, users, repeats."""

from __future__ import annotations

from billing.documents import ledger_document, named_ledger
from invoices.explaining.lines import Explained
from invoices.explaining.meters import MeterGrounds, explain_meter, taken_back
from invoices.statements.report import Report
from metering import queries
from metering.as_of import AsOf
from metering.history import Recorded
from metering.store import UsageStore


def explain_now(usage: UsageStore, report: Report, meter: str) -> Explained:
    """What is behind a meter's row of a statement; entries are counted as they are shown."""
    period, order = report.period, report.customer.terms.id
    asked = {"order": order, "first": period.first_day, "last": period.last_day}
    with usage.snapshot() as rows:
        openings = rows(queries.OPENING_LEVELS, orders=[order], first=period.first_day)
        seen = AsOf(
            tuple(rows(queries.BALANCES_OF_ORDER, **asked)),
            {row["meter"]: row["used"] for row in openings},
            Recorded(report.usage),
            (),
        )
        repeats, back = rows(queries.REPEAT_DAYS, **asked), rows(queries.TAKEN_BACK, **asked)
        users = {str(row["number"]): row["name"] for row in rows(queries.USER_NAMES, **asked)}
    contract = report.statement.contract
    used = [own.ledger for own in report.statement.meters if own.ledger.used]
    hidden = taken_back(back)
    hidden.subtract(report.items.counters)
    rated = {own.meter: ledger_document(own) for own in used}
    grounds = MeterGrounds(contract, seen, rated, repeats, (), users, hidden)
    named = {own.meter: named_ledger(own, contract.edition) for own in used}
    return explain_meter(meter, named.get(meter), grounds)
