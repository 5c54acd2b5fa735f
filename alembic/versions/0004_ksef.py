"""Submissions of documents to KSeF.

Revision: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ksef_submission",
        sa.Column("document_id", sa.Text(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False, index=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("original_id", sa.Text()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False, index=True),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("deadline", sa.Date()),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.Text()),
        sa.Column("reference", sa.Text()),
        sa.Column("ksef_number", sa.Text(), index=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True)),
        sa.Column("upo_sha256", sa.Text()),
        sa.Column("code", sa.BigInteger()),
        sa.Column("error", sa.Text()),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "ksef_call",
        sa.Column("seller", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("minute", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("calls", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "ksef_seller",
        sa.Column("seller", sa.Text(), primary_key=True),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("said", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    for name in ("ksef_seller", "ksef_call", "ksef_submission"):
        op.drop_table(name)
