"""The tables of the service itself; with those of the packages below they are the whole schema."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Index, LargeBinary, Table, Text, text

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

signing_keys = Table(
    "signing_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
"""Keys that the service signs links by. Who reads them can make links that look like ours."""
