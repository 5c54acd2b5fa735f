"""Service levels: incidents, announced work, claims.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = ("incident", "exclusion", "claim")


def upgrade() -> None:
    for name in TABLES:
        op.create_table(
            name,
            sa.Column("id", sa.Text(), primary_key=True),
            sa.Column("version", sa.BigInteger(), nullable=False),
            sa.Column("orders", ARRAY(sa.Text()), nullable=False),
            sa.Column("status", sa.Text(), nullable=False),
            sa.Column("details", JSONB(), nullable=False),
        )
        op.create_index(f"{name}_orders_idx", name, ["orders"], postgresql_using="gin")


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
