"""What people have said of a month's drafts, and how far its end has come."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

from metering.tables import metadata

draft_checks = Table(
    "draft_check",
    metadata,
    Column("period", Date, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("checked_by", Text, nullable=False),
    Column("checked_at", DateTime(timezone=True), nullable=False),
)
"""The drafts that a person has checked. Rows are never changed.

A check is of the content that has this SHA-256 alone: a draft that changes is unchecked again.
"""

month_runs = Table(
    "month_run",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("period", Date, nullable=False),
    Column("part", Text, nullable=False),
    Column("only_checked", Boolean, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Index("month_run_period_idx", "period", "id"),
)
"""Each time that somebody had a month closed from a page, or a ``part`` of it.

``outcome`` is done, stopped or failed; one that has neither ended nor runs was broken off.
"""

month_run_steps = Table(
    "month_run_step",
    metadata,
    Column("run_id", BigInteger, primary_key=True),
    Column("turn", BigInteger, primary_key=True),
    Column("name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("said", JSONB, nullable=False),
    Column("details", JSONB, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""The steps of a run as they go: ``reached`` of ``total``, where there is anything to count."""
