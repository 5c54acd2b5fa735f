"""An issued offer as an event: its number, its document, and what its file must be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from billing.orders.order import Event

OFFER_NUMBER = "{series}/{number:06}"


@dataclass(frozen=True, kw_only=True)
class OfferIssued(Event):
    """An offer was issued. ``sha256`` is that of its PDF, ``model`` the version it was made of."""

    number: str
    issued_on: date
    valid_until: date
    language: str
    model: str
    model_version: int
    issued_by: str
    document: dict[str, Any]
    sha256: str


def offer_key(offer: str) -> str:
    """The name of an offer's stream."""
    return f"offer/{offer}"


def offer_row(event: OfferIssued) -> dict[str, Any]:
    """The row of an offer, but for the bytes of its PDF."""
    return {
        "id": event.originator_id.removeprefix(offer_key("")),
        "number": event.number,
        "model_id": event.model,
        "model_version": event.model_version,
        "language": event.language,
        "issued_on": event.issued_on,
        "valid_until": event.valid_until,
        "document": event.document,
        "sha256": event.sha256,
        "issued_by": event.issued_by,
        "recorded_at": event.recorded_at,
    }
