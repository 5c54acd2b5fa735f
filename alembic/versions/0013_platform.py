"""What comes in, counted by minute, and what people did by hand on the platform's pages.

Revision: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "intake_count",
        sa.Column("minute", sa.DateTime(timezone=True), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("result", sa.Text(), primary_key=True),
        sa.Column("code", sa.Text(), primary_key=True),
        sa.Column("events", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "intake_source",
        sa.Column("source", sa.Text(), primary_key=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("intake_source_last_idx", "intake_source", ["last_at"])
    op.create_table(
        "platform_act",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_user", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
    )
    op.create_index("platform_act_subject_idx", "platform_act", ["kind", "subject"])


def downgrade() -> None:
    for table in ("platform_act", "intake_source", "intake_count"):
        op.drop_table(table)
