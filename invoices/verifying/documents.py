"""Verification of issued documents: their rows made again from the events, and their numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from billing.decisions import Decisions
from invoices import queries
from invoices.invoice import INVOICE, KINDS, Invoice, replay_invoice
from invoices.numbers import invoice_row
from invoices.restating import SUMS
from invoices.verifying.comparing import Verification, compare, readable, streams
from metering.calendar import Period
from metering.rebuilding import Difference

Number = tuple[str, str, int]
"""A number that a document has: of which seller's series, and which it is."""

ROWS = """
    SELECT id, order_id, account_id, period, seller, status, number, issued_on, due_on, currency,
           net, vat, gross, entries, recorded_at, kind, corrects, annulled, corrected, deducted
    FROM invoice
"""


def issued_documents(decisions: Decisions, result: Verification) -> list[Invoice]:
    """Every issued document from its events, in the order of the record, its row compared."""
    rows = {row["id"]: row for row in decisions.rows(ROWS)}
    issued = list(_replayed(decisions, rows, result))
    turn = {row["id"]: n for n, row in enumerate(decisions.rows(queries.INVOICES_IN_TURN))}
    issued.sort(key=lambda own: turn[own.id])
    made = made_rows(issued)
    for own in issued:
        result.invoices += own.kind == INVOICE
        result.documents += own.kind != INVOICE
        compare(f"{own.kind} {number_of(own)}", made[own.id], rows.get(own.id), result)
    return issued


def _replayed(
    decisions: Decisions, rows: Mapping[str, Any], result: Verification
) -> Iterator[Invoice]:
    for kind in KINDS:
        prefix = f"{kind}/"
        known = (key for key in rows if key.startswith(prefix))
        for key in streams(decisions, prefix, known):
            with readable(f"{kind} {key}", result):
                invoice = replay_invoice(decisions.events.get(key))
                if invoice is not None and invoice.issued is not None:
                    yield invoice
                else:
                    compare(f"{kind} {key}", None, rows.get(key), result)


def made_rows(issued: Iterable[Invoice]) -> dict[str, dict[str, Any]]:
    """The rows of documents, in the order of the record, with what later ones changed of them."""
    rows: dict[str, dict[str, Any]] = {}
    standing: dict[tuple[str, Any], str] = {}
    for own in issued:
        if own.issued is None:
            continue
        row = invoice_row(own.draft, own.issued)
        sums = {name: Decimal(row[name]) for name in SUMS}
        rows[own.id] = {**row, **sums, "annulled": False, "corrected": Decimal(0)}
        _follow(rows, standing, own)
        if own.kind == INVOICE:
            standing[row["order_id"], row["period"]] = own.id
    return rows


def _follow(
    rows: dict[str, dict[str, Any]], standing: dict[tuple[str, Any], str], own: Invoice
) -> None:
    """What a document changed of those before it."""
    order = own.draft.document["order"]
    for period, entries in own.draft.adjusts.items():
        adjusted = standing.get((order, Period.parse(period).first_day))
        if adjusted is not None:
            rows[adjusted]["entries"] = entries
    corrected = rows.get(own.draft.corrects or "")
    if corrected is not None:
        corrected["corrected"] += Decimal(own.draft.document["gross"])
        if own.draft.annuls:
            corrected |= {"annulled": True, "deducted": Decimal(0)}
            standing.pop((order, corrected["period"]), None)


def number_of(invoice: Invoice) -> str:
    """The number of a document, or its id while it has none."""
    return invoice.issued.number if invoice.issued else invoice.id


def numbers_of(issued: Iterable[Invoice]) -> Iterator[Number]:
    """The numbers of documents."""
    for own in issued:
        if own.issued is not None:
            number = own.issued.number.removeprefix(f"{own.issued.series}/")
            yield own.draft.document["seller"]["id"], own.issued.series, int(number)


def verify_numbers(decisions: Decisions, taken: Iterable[Number], result: Verification) -> None:
    """The numbers of a series run from 1 to its last without a gap."""
    rows = decisions.rows("SELECT seller, series, last FROM invoice_series")
    last = {(row["seller"], row["series"]): row["last"] for row in rows}
    given: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for seller, series, number in taken:
        given[seller, series].append(number)
    for key in sorted({*last, *given}):
        numbers = sorted(given[key])
        if numbers != [*range(1, last.get(key, 0) + 1)]:
            made = f"{len(numbers)} numbers, the last one {max(numbers, default=0)}"
            where = f"numbers of series {key[1]}"
            result.differences.append(Difference(where, made, f"last {last.get(key, 'none')}"))
