"""Verification of offers: each row is what its event says, each PDF what was rendered."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from billing.decisions import Decisions
from invoices.offers.offer import OfferIssued, offer_key, offer_row
from invoices.verifying.comparing import Verification, compare, readable, streams
from invoices.verifying.documents import Number

ROWS = """
    SELECT id, number, model_id, model_version, language, issued_on, valid_until, document, sha256,
           issued_by, recorded_at, content
    FROM sales_offer
"""


def verify_offers(decisions: Decisions, result: Verification) -> list[Number]:
    """Compares every offer with its event; gives the numbers that they have."""
    rows = {offer_key(row["id"]): _stored(row) for row in decisions.stream(ROWS)}
    issued: list[OfferIssued] = []
    for key in streams(decisions, offer_key(""), rows):
        result.offers += 1
        with readable(key, result):
            event = next((e for e in decisions.events.get(key) if isinstance(e, OfferIssued)), None)
            compare(f"offer {event.number if event else key}", _made(event), rows.get(key), result)
            issued += [event] if event else []
    return [_number(own) for own in issued]


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with the hash of its PDF in the place of the bytes."""
    own = dict(row)
    return {**own, "content": sha256(own["content"]).hexdigest()}


def _made(event: OfferIssued | None) -> dict[str, Any] | None:
    return {**offer_row(event), "content": event.sha256} if event else None


def _number(event: OfferIssued) -> Number:
    series, _, number = event.number.rpartition("/")
    return event.document["seller"]["id"], series, int(number)
