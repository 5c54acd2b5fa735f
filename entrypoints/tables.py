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
from sqlalchemy.dialects.postgresql import JSONB

import entrypoints.sales.tables  # noqa: F401  # its tables belong to the same schema
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

sign_in_attempts = Table(
    "sign_in_attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("subject", Text, nullable=False),
    Column("user_id", Text),
    Column("address", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("result", Text, nullable=False),
    Index(
        "sign_in_attempt_subject_idx",
        "subject",
        "method",
        "at",
        postgresql_where=text("result NOT IN ('right', 'limited')"),
    ),
    Index(
        "sign_in_attempt_address_idx",
        "address",
        "method",
        "at",
        postgresql_where=text("result NOT IN ('right', 'limited')"),
    ),
    Index("sign_in_attempt_user_idx", "user_id", "at"),
)
"""Every attempt to sign in, for 60 days (R138, R139). ``subject`` is a user's id, or a hash of what
was typed where nobody has such a name. What a limit counts is found by the indexes alone, however
many attempts it has turned away."""

one_time_tokens = Table(
    "one_time_token",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("user_id", Text),
    Column("details", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Index("one_time_token_user_idx", "user_id"),
)
"""Links in e-mails and steps of a sign-in, each good for once; kept is the hash alone."""

second_factors = Table(
    "second_factor",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("secret", Text, nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("last_step", BigInteger, nullable=False),
)
"""The secrets that authenticator apps share; the last step of time whose code was taken."""

recovery_codes = Table(
    "recovery_code",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("hash", LargeBinary, primary_key=True),
    Column("used_at", DateTime(timezone=True)),
)
"""Codes for a user whose phone is lost, each good for once; kept is the hash alone."""

user_changes = Table(
    "user_change",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("by", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Index("user_change_user_idx", "user_id"),
)
"""Who changed what of a user, and when (R140)."""

portal_mails = Table(
    "portal_mail",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("user_id", Text),
    Column("details", JSONB, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", BigInteger, nullable=False, server_default="0"),
    Column("ended_at", DateTime(timezone=True)),
    Column("error", Text),
    Index("portal_mail_waiting_idx", "due_at", postgresql_where=text("ended_at IS NULL")),
)
"""E-mails to people who sign in, and to the staff that is told of changes, until they are sent."""
signing_keys = Table(
    "signing_key",
    metadata,
    Column("name", Text, primary_key=True),
    Column("key", LargeBinary, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
"""Keys that the service signs links by. Who reads them can make links that look like ours."""
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
