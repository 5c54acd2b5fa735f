"""Exports on record: who asked for what, what was made of it, and the files while they are kept."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Index, LargeBinary, Numeric, Table, Text

from metering.tables import metadata

requests = Table(
    "data_export_request",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False, index=True),
    Column("person", Text, nullable=False),
    Column("capacity", Text, nullable=False),
    Column("asked_on", Date, nullable=False),
    Column("checked", Text, nullable=False),
    Column("fee", Numeric),
    Column("currency", Text),
    Column("fee_reason", Text),
    Column("recorded_by", Text, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
)
"""Requests of entitled persons after an account was closed; ``checked`` is how we know who it was.

``fee`` is net, None where nothing is charged.
"""

exports = Table(
    "data_export",
    metadata,
    Column("id", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("format", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", DateTime(timezone=True), nullable=False),
    Column("request_id", Text),
    Column("state", Text, nullable=False),
    Column("attempts", BigInteger, nullable=False),
    Column("entries", BigInteger),
    Column("done", BigInteger, nullable=False),
    Column("touched_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("removed_at", DateTime(timezone=True)),
    Column("error", Text),
    Index("data_export_order_idx", "order_id", "asked_at"),
    Index("data_export_account_idx", "account_id", "asked_at"),
    Index("data_export_state_idx", "state", "asked_at"),
)
"""Exports. ``done`` of the ``entries`` are written; ``touched_at`` is when that was last said."""

files = Table(
    "data_export_file",
    metadata,
    Column("export_id", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", Text, nullable=False),
)
"""The files of exports by their numbers. They stay on record when their contents are removed."""

chunks = Table(
    "data_export_chunk",
    metadata,
    Column("export_id", Text, primary_key=True),
    Column("file", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)
"""The contents of files, a piece at a time: every process of the service can give them out."""
