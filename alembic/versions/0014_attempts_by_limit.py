"""Attempts to sign in are found by what a limit counts, without those that it turned away.

Revision: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

COLUMNS = ("subject", "address")
COUNTED = sa.text("result NOT IN ('right', 'limited')")


def upgrade() -> None:
    for column in COLUMNS:
        name, columns = f"sign_in_attempt_{column}_idx", [column, "method", "at"]
        op.drop_index(name, "sign_in_attempt")
        op.create_index(name, "sign_in_attempt", columns, postgresql_where=COUNTED)


def downgrade() -> None:
    for column in COLUMNS:
        name = f"sign_in_attempt_{column}_idx"
        op.drop_index(name, "sign_in_attempt")
        op.create_index(name, "sign_in_attempt", [column, "at"])
