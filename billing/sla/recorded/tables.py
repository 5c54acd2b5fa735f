"""The read models of incidents, announced work and claims, written with their events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from metering.tables import metadata

incidents = Table(
    "incident",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("orders", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Index("incident_orders_idx", "orders", postgresql_using="gin"),
)
"""Every incident as it is now, with the service work on it in its details."""

exclusions = Table(
    "exclusion",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("orders", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Index("exclusion_orders_idx", "orders", postgresql_using="gin"),
)
"""All announced work as it is now."""

claims = Table(
    "claim",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("orders", ARRAY(Text), nullable=False),
    Column("status", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Index("claim_orders_idx", "orders", postgresql_using="gin"),
)
"""Every claim as it is now; it is for one order alone."""
