"""Invoices as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from entrypoints.cli.output import table


def show_documents(documents: Iterable[Mapping[str, Any]]) -> None:
    """Prints invoices as tables."""
    for document in documents:
        show_document(document)


LINE_COLUMNS = ("kind", "item", ">quantity", "unit", ">unit price", ">net", "VAT", "days")
LEDGER_COLUMNS = ("meter", ">used", ">included", ">from packs", ">overage", ">refused")


def show_document(document: Mapping[str, Any]) -> None:
    """Prints an invoice: its lines, its sums, and the ledgers behind them."""
    name = document.get("number") or "Draft"
    title = f"{name} · order {document['order']} · {document['period']} · {document['edition']}"
    rows: list[tuple[Any, ...]] = [_line(line) for line in document["lines"]]
    currency = document["currency"]
    rows += [
        ("", "", "", "", "net", document["net"], currency, ""),
        ("", "", "", "", "VAT", document["vat"], currency, ""),
        ("", "", "", "", "gross", document["gross"], currency, ""),
    ]
    table(title, LINE_COLUMNS, rows)
    show_ledgers(document["ledgers"], "How the usage is covered")


def _line(line: Mapping[str, Any]) -> tuple[Any, ...]:
    days = line["days"]
    shown = f"{days['from']} – {days['to'][5:]}" if days else ""
    price = f"{line['unit_price']}{' *' if line['indicative'] else ''}"
    return (
        line["kind"],
        line["item"],
        line["quantity"],
        line["unit"],
        price,
        line["net"],
        line["vat_rate"],
        shown,
    )


def show_ledgers(ledgers: Iterable[Mapping[str, Any]], title: str) -> None:
    """Prints ledgers as a table."""
    fields = ("meter", "used", "included", "from_packs", "overage", "refused")
    rows = [[own[name] for name in fields] for own in ledgers]
    if rows:
        table(title, LEDGER_COLUMNS, rows)
