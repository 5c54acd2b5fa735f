"""The invoice as an event-sourced aggregate: drafted, then issued; never changed after that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from billing.orders.order import Event

INVOICE, CORRECTION, NOTE = "invoice", "correction", "note"
KINDS = (INVOICE, CORRECTION, NOTE)
"""Every kind of document that has a number."""
TAXED = (INVOICE, CORRECTION)
"""What has VAT on it; an accounting note has none."""


@dataclass(frozen=True, kw_only=True)
class InvoiceDrafted(Event):
    """An invoice was computed; until it is issued, a new draft takes its place.

    ``order_version`` and ``usage_position`` say which decisions and which usage it rests on, so
    that it can be computed again; ``entries`` counts the usage entries up to the end of its period,
    ``adjusts`` up to that of each earlier one whose late usage it bills: 0 where it carries a
    credit on. ``service`` names what it gives back and charges for service levels: the claims by
    their periods with the percentage that was confirmed, and the hours of work by their ids.
    """

    document: dict[str, Any]
    order_version: int
    account_version: int
    usage_position: int
    entries: int
    adjusts: dict[str, int]
    service: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``invoice``, ``correction`` or ``note``."""
        return str(self.document.get("type", INVOICE))

    @property
    def corrects(self) -> str | None:
        """The id of the invoice that a correction belongs to."""
        corrected: Mapping[str, str] = self.document.get("corrects") or {}
        return corrected.get("invoice")

    @property
    def annuls(self) -> bool:
        """Whether a correction brings its invoice to zero, so that another takes its place."""
        return bool(self.document.get("annuls", False))


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Event):
    """The invoice got its number, the next one of its series.

    ``told``: a notice of it was written with it, which was not so from the beginning. ``by`` is
    whose word it was issued by (R151); empty where nobody's was kept.
    """

    number: str
    series: str
    issued_on: date
    due_on: date
    told: bool = False
    by: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceRendered(Event):
    """A document of the issued invoice was made; its bytes are kept and never made again."""

    kind: str
    language: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice as its events have made it; without a number it is a draft."""

    id: str
    version: int
    draft: InvoiceDrafted
    issued: InvoiceIssued | None = None
    rendered: tuple[InvoiceRendered, ...] = ()

    @property
    def kind(self) -> str:
        """``invoice``, ``correction`` or ``note``."""
        return self.draft.kind

    @property
    def status(self) -> str:
        return "issued" if self.issued else "draft"

    @property
    def document(self) -> dict[str, Any]:
        """The invoice as it is shown and given to programs."""
        issued = self.issued
        return {
            "number": issued.number if issued else None,
            "status": self.status,
            "issued_on": str(issued.issued_on) if issued else None,
            "due_on": str(issued.due_on) if issued else None,
            **self.draft.document,
        }


def invoice_key(order: str, period: str, annulled: int = 0) -> str:
    """The name of the stream of an order's invoice of a period; so many before it were annulled."""
    return f"{INVOICE}/{order}/{period}{f'/{annulled}' if annulled else ''}"


def correction_key(invoice: str, turn: int) -> str:
    """The name of the stream of a correction of an invoice, the first one having turn 1."""
    return f"{CORRECTION}/{invoice.removeprefix(f'{INVOICE}/')}/{turn}"


def note_key(order: str, period: str) -> str:
    """The name of the stream of the accounting note for an order's penalties of a period."""
    return f"{NOTE}/{order}/{period}"


def replay_invoice(events: Iterable[Any]) -> Invoice | None:
    """The invoice that some events make; None if there are none."""
    invoice: Invoice | None = None
    for event in events:
        if isinstance(event, InvoiceDrafted):
            invoice = Invoice(event.originator_id, event.originator_version, event)
        elif isinstance(event, InvoiceIssued) and invoice is not None:
            invoice = replace(invoice, version=event.originator_version, issued=event)
        elif isinstance(event, InvoiceRendered) and invoice is not None:
            rendered = (*invoice.rendered, event)
            invoice = replace(invoice, version=event.originator_version, rendered=rendered)
    return invoice
