"""The tables of the service itself; with those of the packages below they are the whole schema."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    LargeBinary,
    Table,
    Text,
    text,
)

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

portal_users = Table(
    "portal_user",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("account_id", Text),
    Column("language", Text, nullable=False),
    Column("password_hash", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("blocked_at", DateTime(timezone=True)),
    Index("portal_user_email_key", text("lower(email)"), unique=True),
)
"""Who may sign in to the pages, and as what. A password is kept as a slow, salted hash (R139)."""

web_sessions = Table(
    "web_session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True), nullable=False),
    Index("web_session_user_idx", "user_id"),
)
"""Who is signed in. The token stands in the browser's cookie alone; here is its SHA-256."""

intake_counts = Table(
    "intake_count",
    metadata,
    Column("minute", DateTime(timezone=True), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("result", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("events", BigInteger, nullable=False),
)
"""How many events came in a minute: by meter, and again by the key that sent them.

They are for people to look at, are forgotten after some days, and no bill rests on them.
"""

intake_sources = Table(
    "intake_source",
    metadata,
    Column("source", Text, primary_key=True),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Index("intake_source_last_idx", "last_at"),
)
"""When an event came from a source last."""

platform_acts = Table(
    "platform_act",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by_user", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Index("platform_act_subject_idx", "kind", "subject"),
)
"""What people did by hand on the platform's pages, who it was and what came of it."""
