"""The wiring of delivery: where documents come from, how they go, who else is sending."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine, text

from billing.decisions import Decisions
from invoices import queries
from invoices.delivering import Office
from invoices.mailing.attachments import Attachment, Attachments, attachment
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
    decisions: Decisions, engine: Engine, clock: Callable[[], datetime]
) -> Iterator[Office]:
    """Everything that messages are sent with."""
    with other_senders(engine) as others:
        yield Office(decisions, stored_documents(decisions), clock, others)


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


def stored_documents(decisions: Decisions) -> Attachments:
    """Finds the PDF of an invoice where it was stored before."""

    def find(invoice: str) -> Sequence[Attachment]:
        (row,) = decisions.rows(queries.STORED_FILE, invoice)
        if row["content"] is None:
            message = f"invoice {row['number']} has no PDF in the language of its account"
            raise ProblemsFound([Problem("document_missing", "", message)])
        return [attachment(row["number"], row["kind"], bytes(row["content"]))]

    return find
