"""Exports of billing data on record, requests after closure, and files while they are kept.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def instant(name: str, *, given: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not given)


def text(name: str, *, given: bool = True) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=not given)


def upgrade() -> None:
    op.create_table(
        "data_export_request",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(text, ("account_id", "person", "capacity")),
        sa.Column("asked_on", sa.Date(), nullable=False),
        text("checked"),
        sa.Column("fee", sa.Numeric()),
        text("currency", given=False),
        text("fee_reason", given=False),
        text("recorded_by"),
        instant("recorded_at", given=True),
    )
    op.create_index(
        op.f("ix_data_export_request_account_id"), "data_export_request", ["account_id"]
    )
    op.create_table(
        "data_export",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(text, ("order_id", "account_id")),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        *map(text, ("format", "asked_by")),
        instant("asked_at", given=True),
        text("request_id", given=False),
        text("state"),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger()),
        sa.Column("done", sa.BigInteger(), nullable=False),
        *map(instant, ("touched_at", "finished_at", "removed_at")),
        text("error", given=False),
    )
    for name in ("order", "account"):
        columns = [f"{name}_id", "asked_at"]
        op.create_index(f"data_export_{name}_idx", "data_export", columns)
    op.create_index("data_export_state_idx", "data_export", ["state", "asked_at"])
    op.create_table(
        "data_export_file",
        sa.Column("export_id", sa.Text(), primary_key=True),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        text("sha256"),
    )
    op.create_table(
        "data_export_chunk",
        sa.Column("export_id", sa.Text(), primary_key=True),
        sa.Column("file", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    for name in ("chunk", "file"):
        op.drop_table(f"data_export_{name}")
    op.drop_table("data_export")
    op.drop_table("data_export_request")
