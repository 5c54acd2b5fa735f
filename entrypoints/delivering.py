"""The wiring of delivery: where documents come from, how they go, who else is sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, text

from billing.decisions import Decisions
from entrypoints.rendering import render_invoices
from invoices.delivering import Office
from invoices.files import PDF, render_missing, stored_pdf, without_pdf
from invoices.finding import load_invoices
from invoices.mailing.attachments import MEDIA_TYPES, Attachment, Attachments
from invoices.printing import Codes, printed_forms
from metering.problems import Problem, ProblemsFound

SENDERS_LOCK = 7_131_072
"""Held, shared, by every process that sends messages: it lets go when the process dies."""

OTHER_SENDERS = """
    SELECT count(*) FROM pg_locks
    WHERE locktype = 'advisory' AND objid = :lock AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@contextmanager
def open_office(
    decisions: Decisions, engine: Engine, clock: Callable[[], datetime], codes: Codes
) -> Iterator[Office]:
    """Everything that messages are sent with."""
    with other_senders(engine) as others:
        yield Office(decisions, documents(decisions, clock, codes), clock, others)


@contextmanager
def other_senders(engine: Engine) -> Iterator[Callable[[], bool]]:
    """Shows others that this process may be sending; tells whether another one may be."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock_shared(:lock)"), {"lock": SENDERS_LOCK})
        try:
            yield lambda: bool(connection.scalar(text(OTHER_SENDERS), {"lock": SENDERS_LOCK}))
        finally:
            connection.execute(
                text("SELECT pg_advisory_unlock_shared(:lock)"), {"lock": SENDERS_LOCK}
            )


def documents(decisions: Decisions, clock: Callable[[], datetime], codes: Codes) -> Attachments:
    """Finds the PDF of an invoice in its own language; renders it if nobody has."""

    def find(invoice: str) -> Sequence[Attachment]:
        missing = without_pdf(decisions, [invoice], None)
        forms = printed_forms(decisions, missing, codes)
        if forms.waiting:
            raise ProblemsFound(forms.waiting.values())
        for _ in render_missing(decisions, missing, None, render_invoices, clock(), forms.ready):
            pass
        files = [stored_pdf(decisions, own, None) for own in load_invoices(decisions, [invoice])]
        found = [Attachment(own.name, MEDIA_TYPES[PDF], own.content) for own in files if own]
        if not found:
            message = f"{invoice} was rendered, but has no PDF any more: run `licznik verify`"
            raise ProblemsFound([Problem("document_missing", "", message)])
        return found

    return find
