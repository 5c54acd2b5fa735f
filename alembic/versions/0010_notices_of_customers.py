"""Endpoints of one order, and the keys that the service signs by.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("webhook_endpoint", sa.Column("order_id", sa.Text()))
    op.create_table(
        "signing_key",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("signing_key")
    op.drop_column("webhook_endpoint", "order_id")
