"""What a correction says beside its rows: why, of which invoice, and who the buyer was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from invoices.fa3.nodes import Node, node, optional
from invoices.fa3.parties import buyer_before
from invoices.fa3.texts import fitted

Document = Mapping[str, Any]


def is_correction(document: Document) -> bool:
    """Whether a document corrects an invoice."""
    return document.get("type") == "correction"


def kind(document: Document) -> Iterator[Node]:
    """RodzajFaktury, and for a correction what belongs to it."""
    if not is_correction(document):
        yield node("RodzajFaktury", "VAT")
        return
    yield node("RodzajFaktury", "KOR")
    reason = optional("PrzyczynaKorekty", fitted(document["reason"]))
    if reason is not None:
        yield reason
    yield node("TypKorekty", document["effect"])
    yield _corrected(document["corrects"])
    if document.get("buyer_before"):
        yield buyer_before(document["buyer_before"])


def _corrected(invoice: Document) -> Node:
    """The invoice that is corrected; the first one, however often it was corrected before."""
    ksef_number = invoice["ksef_number"]
    known = (node("NrKSeF", "1"), node("NrKSeFFaKorygowanej", ksef_number or ""))
    return node(
        "DaneFaKorygowanej",
        node("DataWystFaKorygowanej", invoice["issued_on"]),
        node("NrFaKorygowanej", fitted(invoice["number"])),
        *(known if ksef_number else (node("NrKSeFN", "1"),)),
    )
