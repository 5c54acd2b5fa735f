"""The tables of the service itself; with those of the packages below they are the whole schema."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, LargeBinary, Table, Text

from invoices.tables import metadata as metadata  # with every table of the schema in it

api_keys = Table(
    "api_key",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("account_id", Text),
    Column("name", Text, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)
"""The keys of the service's users. The secret of a key is not kept, only its salted hash."""
