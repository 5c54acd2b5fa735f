"""Verification of accounting notes: their amounts follow from their lines, within the cap.

Their rows and numbers are compared with those of all documents (`invoices.verifying.documents`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from billing.rating.recurring import KINDS
from invoices.invoice import NOTE, Invoice
from invoices.restating import Document
from invoices.verifying.comparing import Verification, compare
from invoices.verifying.documents import number_of

NOTHING = Decimal(0)


def verify_notes(issued: Iterable[Invoice], result: Verification) -> None:
    """``issued`` are all documents in the order of the record: a note rests on those before it."""
    fees: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for own in issued:
        document = own.document
        key = document["order"], document["period"]
        if own.kind == NOTE:
            _verify(f"note {number_of(own)}", document, fees[key], result)
        else:
            fees[key] += _sum(document["lines"], *KINDS)


def _verify(where: str, document: Document, fees: Decimal, result: Verification) -> None:
    """A note states the sum of its lines, without VAT; its base is the fees billed before it."""
    whole, cap = _sum(document["lines"], "penalty"), Decimal(document["cap"])
    for name, made in (("net", whole), ("vat", NOTHING), ("gross", whole), ("base", fees)):
        compare(f"{where}.{name}", f"{made:.2f}", document[name], result)
    compare(f"{where}: amount within the cap", f"{min(whole, cap):.2f}", f"{whole:.2f}", result)


def _sum(lines: Iterable[Document], *kinds: str) -> Decimal:
    return sum((Decimal(line["net"]) for line in lines if line["kind"] in kinds), NOTHING)
