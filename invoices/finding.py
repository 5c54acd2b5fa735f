"""Finds issued invoices by their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from billing.decisions import Decisions
from invoices import queries
from invoices.invoice import INVOICE, TAXED, Invoice, replay_invoice
from metering.problems import Problem, ProblemsFound


def invoices_of(
    decisions: Decisions, order: str, before: str | None = None, kinds: Sequence[str] = TAXED
) -> list[Invoice]:
    """The issued invoices of an order with their corrections, earlier periods first.

    With ``before``, those that were recorded before one of them.
    """
    rows = decisions.rows(queries.INVOICES_OF_ORDER, order=order, before=before, kinds=[*kinds])
    return list(load_invoices(decisions, (row["id"] for row in rows)))


def not_annulled(issued: Sequence[Invoice]) -> list[Invoice]:
    """The invoices among some documents that stand."""
    annulled = {own.draft.corrects for own in issued if own.draft.annuls}
    return [own for own in issued if own.kind == INVOICE and own.id not in annulled]


def charged(issued: Iterable[Invoice], what: str) -> set[str]:
    """The ``work`` or the ``fees`` that the invoices among some documents charge, if they stand."""
    found = (own.draft.service.get(what, ()) for own in not_annulled(list(issued)))
    return set[str]().union(*found)


def load_invoices(decisions: Decisions, ids: Iterable[str]) -> Iterator[Invoice]:
    """Some invoices from their events."""
    for key in ids:
        invoice = replay_invoice(decisions.events.get(key))
        if invoice is not None:
            yield invoice


def find_invoice(decisions: Decisions, number: str) -> Invoice:
    """An issued invoice; raises ProblemsFound where there is none of this number."""
    found = decisions.rows(queries.FIND, number, number)
    for invoice in load_invoices(decisions, [row["id"] for row in found]):
        if invoice.issued:
            return invoice
    raise ProblemsFound([unknown_invoice(number)])


def unknown_invoice(number: str) -> Problem:
    """The problem of a number that no invoice has."""
    message = f"there is no invoice {number}: `licznik invoices list` shows those there are"
    return Problem("unknown_invoice", "number", message)
