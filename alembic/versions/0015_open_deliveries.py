"""Deliveries that are not done are counted without those that are.

Revision: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NAME = "notice_delivery_open_idx"
OPEN = sa.text("status <> 'delivered'")


def upgrade() -> None:
    op.create_index(NAME, "notice_delivery", ["status"], postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index(NAME, "notice_delivery")
