"""The read model of submissions, the calls that were made, and sellers who have to wait."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Table, Text

from metering.tables import metadata

submissions = Table(
    "ksef_submission",
    metadata,
    Column("document_id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("seller", Text, nullable=False),
    Column("number", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("original_id", Text),
    Column("sha256", Text, nullable=False),
    Column("mode", Text, nullable=False),
    Column("status", Text, nullable=False, index=True),
    Column("issued_on", Date, nullable=False),
    Column("deadline", Date),
    Column("attempts", BigInteger, nullable=False),
    Column("session", Text),
    Column("reference", Text),
    Column("ksef_number", Text, index=True),
    Column("accepted_at", DateTime(timezone=True)),
    Column("upo_sha256", Text),
    Column("code", BigInteger),
    Column("error", Text),
    Column("next_attempt_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""Every document that goes to KSeF: ``status`` is waiting, sent, accepted or rejected, ``mode``
online, offline24, unavailability or failure, ``seller`` a NIP.
"""

calls = Table(
    "ksef_call",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("minute", DateTime(timezone=True), primary_key=True),
    Column("calls", BigInteger, nullable=False),
)
"""How often each seller called KSeF in each minute of about the last hour."""

sellers = Table(
    "ksef_seller",
    metadata,
    Column("seller", Text, primary_key=True),
    Column("paused_until", DateTime(timezone=True)),
    Column("said", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""What keeps a seller's documents back: KSeF wants no calls until then, or lets nobody in."""
