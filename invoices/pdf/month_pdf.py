"""The PDF of a month's report: what is put into its template."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from billing.invoicing import EXPORT_FEE
from invoices.closing.report import CHARGE, CUSTOMER, PENALTY, SELLER, Key, MonthReport, Sums
from invoices.language import language
from invoices.language import marked as _
from invoices.pdf.rendering import render

KINDS = {
    "subscription": _("Licences"),
    "sla": _("SLA level"),
    "addon": _("Additional services"),
    "pack": _("Quantity packs"),
    "training": _("Training"),
    "overage": _("Overage"),
    "adjustment": _("Overage of earlier periods"),
    "service_work": _("Service work"),
    EXPORT_FEE: _("Exports of data on request"),
    "sla_credit": _("SLA credits"),
    PENALTY: _("Contractual penalties (accounting notes, outside VAT)"),
}
"""What the kinds of charges are called, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A named row of a table."""

    name: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Part:
    """What one seller has in one currency."""

    seller: str
    currency: str
    total: Sums
    charges: list[Row]
    customers: list[Row]


def month_pdf(report: MonthReport, language_code: str, day: date) -> bytes:
    """The PDF of a report, as it was on a day."""
    say = language(language_code)
    return render(
        "month",
        language_code,
        month=say.month(report.period),
        day=str(day),
        parts=list(_parts(report, language_code)),
    )


def _parts(report: MonthReport, code: str) -> Iterator[Part]:
    say = language(code)
    for (_level, seller, _account, _kind, currency), total in report.level(SELLER):
        own = {key[3]: sums for key, sums in _of(report, CHARGE, seller, currency)}
        charges = [Row(say.text(name), own[kind]) for kind, name in KINDS.items() if kind in own]
        customers = [
            Row(report.names[key[2]], sums) for key, sums in _of(report, CUSTOMER, seller, currency)
        ]
        yield Part(report.names[seller], currency, total, charges, customers)


def _of(report: MonthReport, level: str, seller: str, currency: str) -> Iterator[tuple[Key, Sums]]:
    return (row for row in report.level(level) if (row[0][1], row[0][4]) == (seller, currency))
