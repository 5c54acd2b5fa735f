"""The tables of usage, as SQLAlchemy declares them; Alembic alone makes them (see alembic/).

``<application>_events`` are those of the eventsourcing library, one table an application.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def events_table(name: str) -> Table:
    """The library's table of an application's events."""
    return Table(
        name,
        metadata,
        Column("originator_id", Text, primary_key=True),
        Column("originator_version", BigInteger, primary_key=True, autoincrement=False),
        Column("topic", Text),
        Column("state", LargeBinary),
        Column("notification_id", BigInteger, Identity(), nullable=False),
        Index(f"{name}_notification_id_idx", "notification_id", unique=True),
    )


usage_events = events_table("usage_events")

usage_balance = Table(
    "usage_balance",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("used", Numeric, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("peak", Numeric),
    Column("peak_at", DateTime(timezone=True)),
    Column("first_at", DateTime(timezone=True), nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
)
"""What an order used of a meter on a local day.

Of a stock meter ``used`` is the day's net change, ``peak`` the highest it stood above its level at
the start of the day (below, if negative) after a change, and ``peak_at`` when it first did.
"""

usage_user = Table(
    "usage_user",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("period", Date, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("order_id", "period", "name", name="usage_user_name_key"),
)
"""Who a user's number stands for, in an order and month. Elsewhere stands the number alone."""

usage_user_balance = Table(
    "usage_user_balance",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("user_number", BigInteger, primary_key=True, autoincrement=False),
    Column("used", Numeric, nullable=False),
)
"""What a user (0: no named one) used of a meter that is counted by user (R46)."""

usage_repeat = Table(
    "usage_repeat",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("repeats", BigInteger, nullable=False),
    Column("last_received_at", DateTime(timezone=True), nullable=False),
)
"""How often events that were recorded already came again; they count for nothing."""

usage_amendment = Table(
    "usage_amendment",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("orders", BigInteger, nullable=False),
    Column("taken_back", BigInteger, nullable=False),
    Column("put_in", BigInteger, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
)
"""Every amendment: who changed recorded usage and why, and how many entries of how many orders.

``asked`` is what was asked for, as JSON: an amendment that comes again under its id must be equal.
"""

usage_amended = Table(
    "usage_amended",
    metadata,
    Column("amendment_id", Text, primary_key=True),
    Column("order_id", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("taken_back", BigInteger, nullable=False),
    Column("put_in", BigInteger, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Index("usage_amended_order_day_idx", "order_id", "day"),
)
"""What an amendment did to an order's meter on a day; ``quantity`` is the difference it made."""
