"""Signing in: attempts, one-time tokens, second factors, changes of users, e-mails to people.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "sign_in_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
    )
    for index, column in (("subject", "subject"), ("address", "address"), ("user", "user_id")):
        op.create_index(f"sign_in_attempt_{index}_idx", "sign_in_attempt", [column, "at"])
    op.create_table(
        "one_time_token",
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("used_at", TIME),
    )
    op.create_index("one_time_token_user_idx", "one_time_token", ["user_id"])
    op.create_table(
        "second_factor",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", TIME),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", sa.Text(), primary_key=True),
        sa.Column("hash", sa.LargeBinary(), primary_key=True),
        sa.Column("used_at", TIME),
    )
    op.create_table(
        "user_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("at", TIME, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
    )
    op.create_index("user_change_user_idx", "user_change", ["user_id"])
    op.create_table(
        "portal_mail",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text()),
        sa.Column("details", JSONB(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("due_at", TIME, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("ended_at", TIME),
        sa.Column("error", sa.Text()),
    )
    op.create_index(
        "portal_mail_waiting_idx",
        "portal_mail",
        ["due_at"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def downgrade() -> None:
    for table in (
        "portal_mail",
        "user_change",
        "recovery_code",
        "second_factor",
        "one_time_token",
        "sign_in_attempt",
    ):
        op.drop_table(table)
