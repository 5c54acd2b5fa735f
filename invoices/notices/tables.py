"""The tables of marks, notices and webhooks."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy import (
    text as sql,
)
from sqlalchemy.dialects.postgresql import ARRAY

from metering.tables import metadata

mark_settings = Table(
    "mark_setting",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("marks", ARRAY(BigInteger), nullable=False),
)
"""The marks in percent that an order has for a meter, where they are not the catalog's."""

usage_marks = Table(
    "usage_mark",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("period", Date, primary_key=True),
    Column("meter", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("mark", BigInteger, primary_key=True, autoincrement=False),
    Column("bound", Numeric, primary_key=True),
    Column("used", Numeric, nullable=False),
    Column("reached_at", DateTime(timezone=True), nullable=False),
)
"""Every mark that usage has reached: once for an order, period, meter, measure and bound."""

watchers = Table(
    "watcher",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
)
"""How far each record has been watched for marks; it moves with the marks that were found."""

notices = Table(
    "notice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("order_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("body", Text, nullable=False),
)
"""The outbox: a row in the transaction of the fact that it tells of. ``body`` is what is sent, sign
by sign, because the signature covers it.
"""

endpoints = Table(
    "webhook_endpoint",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("account_id", Text),
    Column("order_id", Text),
    Column("status", Text, nullable=False),
    Column("secret", Text),
    Column("old_secret", Text),
    Column("old_until", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""Who is told, of everything or of one account or order: ``status`` is active, disabled or removed.

``url`` is where a notice is posted to, or mailto: with an address.

No events stand behind it, since events are kept for ever and a secret must not be.
"""

deliveries = Table(
    "notice_delivery",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("notice_id", Text, nullable=False),
    Column("endpoint_id", Text, nullable=False, index=True),
    Column("status", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("next_at", DateTime(timezone=True), index=True),
    Column("last_status", BigInteger),
    Column("last_error", Text),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("notice_id", "endpoint_id", name="notice_delivery_once"),
    Index("notice_delivery_open_idx", "status", postgresql_where=sql("status <> 'delivered'")),
)
"""Every notice for every endpoint: ``status`` is waiting, delivered, failed or given_up.

``next_at`` is when it is due, null when nothing more will be done. Who takes one to send it moves
``next_at`` a lease away, so nobody else takes it meanwhile, and somebody does if the taker dies.
"""
