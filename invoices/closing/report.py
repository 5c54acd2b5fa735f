"""What a month's documents come to: by seller, customer and kind of charge, beside the last month.

A pure function of documents. Invoices and corrections are of the month whose service they bill;
penalties stand apart, since accounting notes are outside VAT.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from invoices.invoice import NOTE
from metering.calendar import Period

Document = Mapping[str, Any]
ZERO = Decimal(0)
SELLER, CUSTOMER, CHARGE, CUSTOMER_CHARGE = "seller", "customer", "charge", "customer_charge"
LEVELS = (SELLER, CHARGE, CUSTOMER, CUSTOMER_CHARGE)
"""What rows add up: all of a seller, a kind of charge, a customer, a customer's kind of charge."""
PENALTY = "penalty"

Key = tuple[str, str, str, str, str]
"""Level, seller, account, kind of charge, currency; what does not matter to a level is empty."""


@dataclass(slots=True)
class Sums:
    """Amounts of a row: of this month, and net of the month before."""

    documents: int = 0
    net: Decimal = ZERO
    vat: Decimal = ZERO
    gross: Decimal = ZERO
    before: Decimal = ZERO

    @property
    def difference(self) -> Decimal:
        return self.net - self.before


@dataclass(slots=True)
class MonthReport:
    """The report of a month. Names are by the ids of sellers and accounts."""

    period: Period
    rows: dict[Key, Sums] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def add(self, document: Document) -> None:
        """Counts a document of this month, or of the one before."""
        now = document["period"] == str(self.period)
        self.names[document["seller"]["id"]] = document["seller"]["name"]
        self.names[document["account"]] = document["buyer"]["name"]
        if document.get("type") != NOTE:
            for key in _of_document(document):
                _count(self._row(key), document, now=now)
        for line in document["lines"]:
            kind = PENALTY if document.get("type") == NOTE else line["kind"]
            for key in _of_line(document, kind):
                self._count_line(key, Decimal(line["net"]), now=now)

    def _row(self, key: Key) -> Sums:
        return self.rows.setdefault(key, Sums())

    def _count_line(self, key: Key, net: Decimal, *, now: bool) -> None:
        row = self._row(key)
        if now:
            row.net += net
        else:
            row.before += net

    def level(self, level: str) -> Iterator[tuple[Key, Sums]]:
        """The rows of a level, in the order of their names."""
        own = ((key, sums) for key, sums in self.rows.items() if key[0] == level)
        return iter(sorted(own, key=lambda row: row[0]))


def _of_document(document: Document) -> Iterator[Key]:
    seller, currency = document["seller"]["id"], document["currency"]
    yield SELLER, seller, "", "", currency
    yield CUSTOMER, seller, document["account"], "", currency


def _of_line(document: Document, kind: str) -> Iterator[Key]:
    seller, currency = document["seller"]["id"], document["currency"]
    yield CHARGE, seller, "", kind, currency
    yield CUSTOMER_CHARGE, seller, document["account"], kind, currency


def _count(row: Sums, document: Document, *, now: bool) -> None:
    if not now:
        row.before += Decimal(document["net"])
        return
    row.documents += 1
    row.net += Decimal(document["net"])
    row.vat += Decimal(document["vat"])
    row.gross += Decimal(document["gross"])


def report_of(period: Period, documents: Iterable[Document]) -> MonthReport:
    """The report of a month, from its documents and those of the month before."""
    report = MonthReport(period)
    for document in documents:
        report.add(document)
    return report


COLUMNS = (
    *("level", "seller", "account", "name", "kind", "currency"),
    *("documents", "net", "vat", "gross", "net_before", "difference"),
)


def rows_of(report: MonthReport) -> Iterator[dict[str, str]]:
    """The rows as text, for tables and programs; VAT is known of whole documents alone."""
    for level in LEVELS:
        for (_, seller, account, kind, currency), sums in report.level(level):
            whole = level in (SELLER, CUSTOMER)
            yield {
                "level": level,
                "seller": seller,
                "account": account,
                "name": report.names.get(account or seller, ""),
                "kind": kind,
                "currency": currency,
                "documents": str(sums.documents) if whole else "",
                "net": f"{sums.net:.2f}",
                "vat": f"{sums.vat:.2f}" if whole else "",
                "gross": f"{sums.gross:.2f}" if whole else "",
                "net_before": f"{sums.before:.2f}",
                "difference": f"{sums.difference:.2f}",
            }
