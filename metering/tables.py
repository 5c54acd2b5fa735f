"""The tables of usage, as SQLAlchemy declares them; Alembic alone makes them (see alembic/).

``<application>_events`` are those of the eventsourcing library, one table an application.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    text,
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

usage_decision = Table(
    "usage_decision",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("reservation", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("meter", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False),
    Column("remaining", Numeric),
    Column("rolled", Boolean, nullable=False, server_default=text("false")),
    Index("usage_decision_open_idx", "decided_at", postgresql_where=text("NOT rolled")),
    Index("usage_decision_age_idx", "decided_at", postgresql_using="brin"),
)
"""Units used by a decision, by the id of the request; ``reservation`` is empty without one.

``bucket`` is what shares the bound (`metering.buckets`); ``rolled`` says that a page holds the
entry.
"""

usage_reservation = Table(
    "usage_reservation",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("meter", Text, nullable=False),
    Column("bucket", Text, nullable=False),
    Column("quantity", Numeric, nullable=False),
    Column("committed", Numeric, nullable=False),
    Column("user_name", Text, nullable=False),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("remaining", Numeric),
    Column("rolled", Boolean, nullable=False, server_default=text("false")),
    Index(
        "usage_reservation_open_idx",
        "order_id",
        "meter",
        "user_name",
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("usage_reservation_due_idx", "expires_at", postgresql_where=text("ended_at IS NULL")),
    Index(
        "usage_reservation_over_idx",
        "ended_at",
        postgresql_where=text("ended_at IS NOT NULL AND NOT rolled"),
    ),
)
"""Units that were kept; open while ``ended_at`` is null. ``rolled``: nothing is left to record."""

usage_hold = Table(
    "usage_hold",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("bucket", Text, primary_key=True),
    Column("pending", Numeric, nullable=False),
    Column("reserved", Numeric, nullable=False),
)
"""The sums of decisions that no page holds yet, and of what open reservations have left."""
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
