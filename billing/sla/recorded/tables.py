"""The read models of incidents, announced work and claims, written with their events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from metering.tables import metadata


def _table(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("id", Text, primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("orders", ARRAY(Text), nullable=False),
        Column("status", Text, nullable=False),
        Column("details", JSONB, nullable=False),
        Index(f"{name}_orders_idx", "orders", postgresql_using="gin"),
    )


incidents = _table("incident")
"""Every incident as it is now, with the service work on it in its details."""

exclusions = _table("exclusion")
"""All announced work as it is now."""

claims = _table("claim")
"""Every claim as it is now; it is for one order alone."""
