"""The documents of issued invoices as files: rendered once, kept byte for byte, given out.

The event `InvoiceRendered` holds a file's SHA-256, the table `invoice_file` its bytes; both are
written in one transaction, and neither is ever written again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import islice
from types import MappingProxyType
from typing import Any

from eventsourcing.persistence import IntegrityError

from billing.decisions import Decisions
from invoices import queries
from invoices.fa3.codes import StructuredInvoice
from invoices.finding import load_invoices
from invoices.invoice import Invoice, InvoiceRendered
from metering.store import SaveConflict, Statement

PDF = "pdf"
NO_FORMS: Mapping[str, StructuredInvoice] = MappingProxyType({})
BATCH = 32
ATTEMPTS = 20

Job = tuple[Mapping[str, Any], str, StructuredInvoice | None]
"""An invoice's document, the language to render it in, and its structured form where it has one."""

Made = tuple[Invoice, str, bytes]
"""An invoice, and its PDF in a language."""

Renderer = Callable[[Iterable[Job]], Iterator[bytes]]
"""Renders jobs, in their order."""


@dataclass(frozen=True, slots=True)
class InvoiceFile:
    """A document of an invoice. ``name`` is that of the file when it is given out."""

    invoice: str
    name: str
    language: str
    sha256: str
    content: bytes


_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9]+")


def file_name(number: str, language: str, own_language: str) -> str:
    """``FV-2026-000001.pdf``; with the language where it is not the invoice's own."""
    stem = file_stem(number)
    return f"{stem}.{PDF}" if language == own_language else f"{stem}-{language}.{PDF}"


def file_stem(number: str) -> str:
    """An invoice's number as the name of a file begins: ``FV-2026-000001``."""
    return _NOT_IN_NAMES.sub("-", number).strip("-")


def without_pdf(decisions: Decisions, ids: Iterable[str], language: str | None) -> list[Invoice]:
    """Those of some issued invoices that have no PDF in a language, or in their own."""
    return [
        own for own in load_invoices(decisions, ids) if own.issued and not has_pdf(own, language)
    ]


def has_pdf(invoice: Invoice, language: str | None) -> bool:
    """Whether a PDF was rendered in a language, None: in the invoice's own."""
    wanted = language or invoice.document["language"]
    return any((own.kind, own.language) == (PDF, wanted) for own in invoice.rendered)


def render_missing(
    decisions: Decisions,
    missing: Sequence[Invoice],
    language: str | None,
    render: Renderer,
    now: datetime,
    structured: Mapping[str, StructuredInvoice] = NO_FORMS,
) -> Iterator[int]:
    """Renders and keeps the PDFs of some invoices; yields how many are done.

    ``structured`` has the structured forms by the id of the invoice.
    """
    wanted = [language or own.document["language"] for own in missing]
    jobs = [
        (own.document, code, structured.get(own.id))
        for own, code in zip(missing, wanted, strict=True)
    ]
    made = zip(missing, wanted, render(jobs), strict=True)
    done = 0
    while batch := list(islice(made, BATCH)):
        keep(decisions, batch, now)
        done += len(batch)
        yield done


def keep(decisions: Decisions, batch: list[Made], now: datetime) -> None:
    """Keeps a batch; what somebody else has kept meanwhile stays as it is."""
    for _ in range(ATTEMPTS):
        events, statements = zip(*(_kept(*own, now) for own in batch), strict=True)
        try:
            decisions.save(*events, statements=statements)
        except IntegrityError:
            batch = list(_still_missing(decisions, batch))
            if batch:
                continue
        return
    raise SaveConflict(f"{len(batch)} invoices were changed by others {ATTEMPTS} times")


def _still_missing(decisions: Decisions, batch: list[Made]) -> Iterator[Made]:
    """Those of a batch that nobody else has kept, with their invoices as they are now."""
    for before, language, content in batch:
        for invoice in load_invoices(decisions, [before.id]):
            if not has_pdf(invoice, language):
                yield invoice, language, content


def _kept(
    invoice: Invoice, language: str, content: bytes, now: datetime
) -> tuple[InvoiceRendered, Statement]:
    event = InvoiceRendered(
        originator_id=invoice.id,
        originator_version=invoice.version + 1,
        recorded_at=now,
        kind=PDF,
        language=language,
        sha256=sha256(content).hexdigest(),
    )
    row = (invoice.id, PDF, language, event.sha256, content, now)
    return event, Statement(queries.KEEP_FILE, row, changes=1)


def stored_pdf(decisions: Decisions, invoice: Invoice, language: str | None) -> InvoiceFile | None:
    """The PDF of an invoice as it was rendered, None where it was not yet."""
    own = invoice.document["language"]
    found = decisions.rows(queries.FILE, invoice.id, PDF, language or own)
    if not found or invoice.issued is None:
        return None
    row = found[0]
    name = file_name(invoice.issued.number, row["language"], own)
    return InvoiceFile(invoice.id, name, row["language"], row["sha256"], bytes(row["content"]))
