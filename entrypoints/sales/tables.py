"""The tables of sales: models of prospects, issued offers, links to them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from metering.tables import metadata

sales_models = Table(
    "sales_model",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("content", JSONB, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
)
"""Every version of the models of prospects. Rows are never changed.

``content`` is what was typed, by field.
"""

sales_offers = Table(
    "sales_offer",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("model_id", Text, nullable=False, index=True),
    Column("model_version", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("document", JSONB, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Issued offers with their PDF, byte for byte. Rows are never changed."""

offer_shares = Table(
    "offer_share",
    metadata,
    Column("id", Text, primary_key=True),
    Column("offer_id", Text, nullable=False, index=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("made_by", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
)
"""Links by which an offer is read without signing in. The link's token is not kept, only its hash.
"""
