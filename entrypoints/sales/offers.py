"""Issues offers: numbered without gaps, rendered once, kept byte for byte with their hash."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from eventsourcing.persistence import IntegrityError
from psycopg.types.json import Jsonb

from billing.catalog.edition import Seller
from billing.decisions import Decisions
from entrypoints.sales import queries
from entrypoints.sales.models import Model
from invoices import queries as invoice_queries
from invoices.files import file_stem
from invoices.offers.offer import OFFER_NUMBER, OfferIssued, offer_key, offer_row
from invoices.pdf.offer_pdf import offer_pdf
from metering.calendar import local_day
from metering.store import SaveConflict, Statement

ID_BYTES = 8
ATTEMPTS = 20

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    """An issued offer, as it is listed."""

    id: str
    number: str
    model: str
    model_version: int
    language: str
    issued_on: date
    valid_until: date
    document: Document
    sha256: str
    issued_by: str

    @property
    def file_name(self) -> str:
        """``OF-2026-000001.pdf``."""
        return f"{file_stem(self.number)}.pdf"


@dataclass(frozen=True, slots=True)
class Issue:
    """What is to be issued: a document of `invoices.offers.document` of a model, and by whom."""

    model: Model
    document: Document
    valid_until: date
    issued_by: str


def issue_offer(decisions: Decisions, issue: Issue, seller: Seller, now: datetime) -> Offer:
    """Issues an offer: gives it the next number of its series, renders it, and keeps both."""
    for _ in range(ATTEMPTS):
        event, statements = _issued(decisions, issue, seller, now)
        try:
            decisions.save(event, statements=statements)
        except (IntegrityError, SaveConflict):
            continue  # somebody else took the number
        return _offer(offer_row(event))
    raise SaveConflict(f"others took the numbers of offers {ATTEMPTS} times")


def _issued(
    decisions: Decisions, issue: Issue, seller: Seller, now: datetime
) -> tuple[OfferIssued, list[Statement]]:
    day = local_day(now)
    series = seller.offer_series.format(year=day.year)
    decisions.rows(invoice_queries.OPEN_SERIES, seller.id, series)
    before: int = decisions.rows(invoice_queries.LAST_NUMBER, seller.id, series)[0]["last"]
    number = OFFER_NUMBER.format(series=series, number=before + 1)
    days = {"issued_on": str(day), "valid_until": str(issue.valid_until)}
    document = {**issue.document, "number": number, **days}
    content = offer_pdf(document, document["language"])
    event = OfferIssued(
        originator_id=offer_key(secrets.token_hex(ID_BYTES)),
        originator_version=1,
        recorded_at=now,
        number=number,
        issued_on=day,
        valid_until=issue.valid_until,
        language=document["language"],
        model=issue.model.id,
        model_version=issue.model.version,
        issued_by=issue.issued_by,
        document=document,
        sha256=sha256(content).hexdigest(),
    )
    moved = {"seller": seller.id, "series": series, "before": before, "last": before + 1}
    row = {**offer_row(event), "document": Jsonb(document), "content": content}
    taken = Statement(invoice_queries.TAKE_NUMBERS, moved, changes=1)
    return event, [taken, Statement(queries.KEEP_OFFER, row, changes=1)]


def _offer(row: Mapping[str, Any]) -> Offer:
    return Offer(
        id=row["id"],
        number=row["number"],
        model=row["model_id"],
        model_version=row["model_version"],
        language=row["language"],
        issued_on=row["issued_on"],
        valid_until=row["valid_until"],
        document=row["document"],
        sha256=row["sha256"],
        issued_by=row["issued_by"],
    )


def offers_of(decisions: Decisions, model_id: str) -> list[Offer]:
    """The offers made of a model, the newest first."""
    return [_offer(row) for row in decisions.rows(queries.OFFERS_OF, model_id)]


def find_offer(decisions: Decisions, offer_id: str) -> tuple[Offer, bytes] | None:
    """An offer with the bytes of its PDF; None if there is none."""
    for row in decisions.rows(queries.OFFER, offer_id):
        return _offer(row), bytes(row["content"])
    return None
