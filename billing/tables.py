"""The read models of accounts and orders, written in the same transaction as their events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from metering.tables import events_table, metadata

decision_events = events_table("decisions_events")

accounts = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("details", JSONB, nullable=False),
)
"""Every account as it is now."""

orders = Table(
    "customer_order",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False, index=True),
    Column("version", BigInteger, nullable=False),
    Column("terms", JSONB, nullable=False),
    Column("placed", JSONB, nullable=False),
)
"""Every order as it is now; ``placed`` are the terms as they were first placed."""
