"""A statement as tables for a person."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from billing.statement import MeterStatement
from entrypoints.cli.output import say, show_problems, table
from entrypoints.cli.showing_invoices import show_document
from invoices.statements.report import Report
from invoices.statements.rows import summary_row

BAR = 10
"""Characters of a bar that is full."""

FIRST_ENTRIES = 50
METERS = ("meter", ">used", ">of", ">left", "full", "limit", ">overage", ">refused", ">cost")
ENTRY = ("time", "meter", "quantity", "user", "from", "to", "status", "source", "id", "late")


def show_statement(report: Report) -> None:
    """Prints how much of each meter was used, and what it costs so far."""
    contract = report.statement.contract
    title = f"Order {contract.terms.id} · {report.period} · {contract.edition.id}"
    table(title, METERS, [_meter(report, row) for row in report.statement.meters])
    if report.invoices:
        say(f"Invoiced: {', '.join(report.invoices)}.")
    if report.cost is not None:
        show_document({**report.cost, "ledgers": []})
    show_problems(report.problems)
    if report.late_entries:
        say(f"{report.late_entries:,} entries came after it; a later invoice bills the change.")
    for meter, count in report.repeats.items():
        say(f"{meter}: {count:,} events came again, and count for nothing.")


def _meter(report: Report, row: MeterStatement) -> tuple[Any, ...]:
    own = summary_row(report, row)
    bounded = row.remaining is not None
    total = f"{row.ledger.allowance + row.ledger.granted:f}" if bounded else None
    price = f" × {own['unit_price']}" if own["unit_price"] else ""
    return (
        own["name"],
        own["used"],
        total,
        own["remaining"],
        bar(row.fill),
        own["limit_kind"],
        own["overage"] + price if row.ledger.overage else None,
        own["refused"] if row.ledger.refused else None,
        own["cost"] if row.ledger.overage else None,
    )


def bar(fill: Decimal | None) -> str:
    """A percentage with a bar; what is more than full does not fit in the bar."""
    if fill is None:
        return ""
    full = min(int(fill * BAR / 100), BAR)
    return f"{'█' * full}{'░' * (BAR - full)} {fill:f} %"


def show_entries(report: Report) -> None:
    """Prints the first entries, and says how many there are."""
    rows: list[tuple[Any, ...]] = []
    for frame in report.items.frames():
        rows += frame.select(ENTRY).head(FIRST_ENTRIES - len(rows)).rows()
        if len(rows) >= FIRST_ENTRIES:
            break
    table("Entries", ENTRY, [(*row[:-1], "late" if row[-1] else "") for row in rows])
    say(f"{len(rows):,} of {report.items.entries:,} entries; --format csv has all of them.")
