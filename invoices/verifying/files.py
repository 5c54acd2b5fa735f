"""Verification of files: what is kept is what was rendered, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import sha256

from billing.decisions import Decisions
from invoices.invoice import Invoice
from metering.rebuilding import Difference

FILES = "SELECT invoice_id, kind, language, content FROM invoice_file WHERE kind <> 'upo'"
"""Confirmations of receipt are compared with the submissions that they belong to."""


def file_differences(decisions: Decisions, invoices: Iterable[Invoice]) -> Iterator[Difference]:
    """Files whose hash is not that of their event, missing ones, and ones without an event."""
    kept = {
        (row["invoice_id"], row["kind"], row["language"]): sha256(row["content"]).hexdigest()
        for row in decisions.stream(FILES)
    }
    rendered = {
        (own.id, file.kind, file.language): file.sha256 for own in invoices for file in own.rendered
    }
    for key in sorted({*kept, *rendered}):
        made, stored = rendered.get(key), kept.get(key)
        if made != stored:
            yield Difference(f"file {' '.join(key)}", str(made), str(stored))
