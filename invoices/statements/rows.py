"""The rows of a statement as plain data: every format takes its values from here."""

from __future__ import annotations

from typing import Any

from billing.documents import ledger_document
from billing.money import amount_text, plain, price_text
from billing.statement import MeterStatement
from invoices.statements.report import Report
from metering.problems import problem_json

LEDGER = ("used", "included", "from_packs", "overage", "refused", "allowance", "granted", "cap")
BOUNDS = ("limit", "remaining", "fill")


def balance_row(row: MeterStatement) -> dict[str, Any]:
    """How much of a meter is used, of how much; numbers are text, None where there is none."""
    covered = ledger_document(row.ledger)
    bounds = {name: getattr(row, name) for name in BOUNDS}
    return {
        "meter": row.meter.key,
        "name": {"pl": row.name.pl, "en": row.name.en},
        "unit": row.meter.unit,
        "kind": row.meter.kind.value,
        "limit_kind": row.kind.value,
        **{name: covered[name] for name in LEDGER},
        **{name: None if own is None else plain(own) for name, own in bounds.items()},
    }


def meter_row(report: Report, row: MeterStatement) -> dict[str, Any]:
    """A meter's row: its balance, and what it costs so far."""
    return {
        **balance_row(row),
        "unit_price": None if row.unit_price is None else price_text(row.unit_price),
        "cost": None if row.cost is None else amount_text(row.cost),
        "repeats": report.repeats.get(row.meter.key, 0),
    }


def summary_row(report: Report, row: MeterStatement) -> dict[str, Any]:
    """A meter's row with its name in the account's language."""
    whole = meter_row(report, row)
    return {**whole, "name": whole["name"][report.language]}


def statement_document(report: Report) -> dict[str, Any]:
    """A statement without its entries."""
    contract = report.statement.contract
    return {
        "order": contract.terms.id,
        "account": contract.terms.account,
        "edition": contract.edition.id,
        "period": str(report.period),
        "currency": contract.terms.currency,
        "meters": [
            {**meter_row(report, row), **_details(report, row)} for row in report.statement.meters
        ],
        "cost": report.cost,
        "problems": [problem_json(problem) for problem in report.problems],
        "invoices": report.invoices,
        "late_entries": report.late_entries,
        "days_left_away": report.items.too_old,
    }


def _details(report: Report, row: MeterStatement) -> dict[str, Any]:
    """What a table has no room for: how an allowance is shared, and every day."""
    covered = ledger_document(row.ledger)
    days = report.days_of(row.meter.key)
    return {
        "shares": covered["shares"],
        "peak_at": covered["peak_at"] if row.ledger.used else None,
        "days": [{"day": str(own.day), "used": plain(own.used)} for own in days],
    }
