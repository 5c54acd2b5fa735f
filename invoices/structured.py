"""The structured form of a document, made and checked in the moment it is issued.

Its bytes are kept once: the printed codes and the entry in KSeF rest on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from billing.catalog.edition import Seller
from billing.decisions import Decisions
from invoices import queries
from invoices.fa3.building import structured_invoice
from invoices.fa3.checking import fa3_problems
from invoices.invoice import TAXED, Invoice, InvoiceDrafted, InvoiceIssued, InvoiceRendered
from invoices.ksef.submission import Submission, queued, replay, submission_key
from metering.problems import Problem
from metering.store import Statement

XML = "xml"
NO_LANGUAGE = ""
STRUCTURED_IN = "PL"
"""Where sellers issue structured invoices."""


@dataclass(frozen=True, slots=True)
class Structured:
    """Events and rows of a structured document, or the problems that keep it from being issued."""

    events: tuple[Any, ...] = ()
    statements: tuple[Statement, ...] = ()
    problems: tuple[Problem, ...] = ()


NOT_STRUCTURED = Structured()


def structure(drafted: InvoiceDrafted, issued: InvoiceIssued, seller: Seller) -> Structured:
    """The structured form of a document with its number; an accounting note has none."""
    if drafted.kind not in TAXED or seller.country != STRUCTURED_IN:
        return NOT_STRUCTURED
    version = issued.originator_version
    document = Invoice(drafted.originator_id, version, drafted, issued).document
    content = structured_invoice(document, issued.recorded_at)
    problems = tuple(fa3_problems(document, content))
    if problems:
        return Structured(problems=problems)
    kept = _kept(issued, content)
    row = (issued.originator_id, XML, NO_LANGUAGE, kept.sha256, content, issued.recorded_at)
    own = Structured((kept,), (Statement(queries.KEEP_FILE, row, changes=1),))
    return _to_send(own, drafted, issued, kept.sha256) if seller.ksef else own


def _to_send(
    own: Structured, drafted: InvoiceDrafted, issued: InvoiceIssued, sha256: str
) -> Structured:
    """The same, queued for KSeF; a correction waits there for its original."""
    event, row = queued(
        document_id=issued.originator_id,
        seller_tax_id=drafted.document["seller"]["tax_id"],
        number=issued.number,
        kind=drafted.kind,
        issued_on=issued.issued_on,
        sha256=sha256,
        now=issued.recorded_at,
        original=drafted.corrects if _is_in_ksef(drafted.document) else None,
    )
    return replace(own, events=(*own.events, event), statements=(*own.statements, row))


def _is_in_ksef(document: Mapping[str, Any]) -> bool:
    """Whether the invoice that a correction belongs to has a KSeF number."""
    return bool((document.get("corrects") or {}).get("ksef_number"))


def _kept(issued: InvoiceIssued, content: bytes) -> InvoiceRendered:
    return InvoiceRendered(
        originator_id=issued.originator_id,
        originator_version=issued.originator_version + 1,
        recorded_at=issued.recorded_at,
        kind=XML,
        language=NO_LANGUAGE,
        sha256=sha256(content).hexdigest(),
    )


def stored_xml(decisions: Decisions, document: str) -> bytes | None:
    """The bytes of a document's structured form; None where it has none."""
    found = decisions.rows(queries.FILE, document, XML, NO_LANGUAGE)
    return bytes(found[0]["content"]) if found else None


def submission(decisions: Decisions, document: str) -> Submission | None:
    """What became of a document in KSeF; None where it does not go there."""
    return replay(decisions.events.get(submission_key(document)))
