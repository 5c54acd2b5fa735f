"""The invoice as an event-sourced aggregate: drafted, then issued; never changed after that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from billing.orders.order import Event


@dataclass(frozen=True, kw_only=True)
class InvoiceDrafted(Event):
    """An invoice was computed; until it is issued, a new draft takes its place.

    ``order_version`` and ``usage_position`` say which decisions and which usage it rests on, so
    that it can be computed again; ``entries`` counts the usage entries up to the end of its period,
    ``adjusts`` up to that of each earlier one whose late usage it bills: 0 where it carries a
    credit on.
    """

    document: dict[str, Any]
    order_version: int
    account_version: int
    usage_position: int
    entries: int
    adjusts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class InvoiceIssued(Event):
    """The invoice got its number, the next one of its series.

    ``told``: a notice of it was written with it, which was not so from the beginning.
    """

    number: str
    series: str
    issued_on: date
    due_on: date
    told: bool = False


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


def invoice_key(order: str, period: str) -> str:
    """The name of the stream of an order's invoice of a period: there is one."""
    return f"invoice/{order}/{period}"


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
