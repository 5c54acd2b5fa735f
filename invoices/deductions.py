"""Netting: penalties that accounting notes state are set off against the next invoice of an order.

What is to be paid becomes less; net, VAT and gross stay as they are, since a penalty is outside
VAT. Whether a note is netted is what the note itself says, as the seller had it when it was issued:
so an invoice follows from the documents before it alone, and can be computed again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice, takewhile
from typing import Any

from billing.decisions import Decisions
from invoices.drafting import Draft
from invoices.fa3.checking import MOST_DEDUCTIONS
from invoices.finding import invoices_of, not_annulled
from invoices.invoice import NOTE, TAXED, Invoice
from invoices.restating import Document

NETTED = "netted"
REASON = "Nota księgowa {number}"
"""In Polish, as the structured invoice says it; a note's number is the same in every language."""

ORDERS_WITH_NOTES = """
    SELECT DISTINCT order_id FROM invoice
    WHERE status = 'issued' AND kind = 'note' AND order_id = ANY(%(orders)s)
"""


def noted(decisions: Decisions, orders: Sequence[str]) -> dict[str, list[Invoice]]:
    """All issued documents of those orders that have notes; few have any."""
    found = decisions.rows(ORDERS_WITH_NOTES, orders=list(orders))
    ids = sorted(row["order_id"] for row in found)
    return {own: invoices_of(decisions, own, kinds=(*TAXED, NOTE)) for own in ids}


def by_noted_order(issued: Iterable[Invoice]) -> dict[str, list[Invoice]]:
    """Of documents in the order of the record, those of each order that has notes."""
    found: defaultdict[str, list[Invoice]] = defaultdict(list)
    for own in issued:
        found[own.document["order"]].append(own)
    return {key: own for key, own in found.items() if any(one.kind == NOTE for one in own)}


def issued_before(documents: Iterable[Invoice], invoice: Invoice) -> list[Invoice]:
    """The documents that were recorded before an invoice."""
    return list(takewhile(lambda own: own.id != invoice.id, documents))


def netted(draft: Draft, issued: Sequence[Invoice]) -> Draft:
    """A draft with what its order's notes take from the amount to pay.

    ``issued`` are the documents of the order so far, notes among them. At most the gross amount is
    deducted; what is left of a note waits for a later invoice.
    """
    document = draft.document
    if document is None:
        return draft
    found = list(islice(_deductions(document, issued), MOST_DEDUCTIONS))
    if not found:
        return draft
    left = Decimal(document["gross"]) - sum(Decimal(own["amount"]) for own in found)
    return replace(draft, document={**document, "deductions": found, "to_pay": f"{left:.2f}"})


def _deductions(document: Document, issued: Sequence[Invoice]) -> Iterator[dict[str, Any]]:
    room, given = Decimal(document["gross"]), deducted(issued)
    notes = (own.document for own in issued if own.kind == NOTE)
    for note in sorted(notes, key=lambda own: (own["issued_on"], own["number"])):
        number = note["number"]
        amount = min(Decimal(note["gross"]) - given.get(number, Decimal(0)), room)
        if amount > 0 and _is_for(note, document):
            room -= amount
            reason = REASON.format(number=number)
            yield {"note": number, "reason": reason, "amount": f"{amount:.2f}"}


def _is_for(note: Document, document: Document) -> bool:
    """Whether a note can be set off against an invoice: both of one seller and in one currency."""
    is_netted = note.get("penalties") == NETTED
    same = note["seller"]["id"] == document["seller"]["id"]
    return is_netted and same and note["currency"] == document["currency"]


def deducted(issued: Sequence[Invoice]) -> Mapping[str, Decimal]:
    """What invoices that stand have deducted of each note; an annulled one gives its part back."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for own in not_annulled(issued):
        for one in own.document.get("deductions", ()):
            found[one["note"]] += Decimal(one["amount"])
    return found
