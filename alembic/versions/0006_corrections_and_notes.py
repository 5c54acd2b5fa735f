"""Corrections and accounting notes beside invoices, what is owed of each, and exchange rates.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OWED = "CASE WHEN kind = 'invoice' THEN gross + corrected - deducted ELSE 0 END"


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.Text(), nullable=False, server_default="invoice"),
        sa.Column("corrects", sa.Text()),
        sa.Column("annulled", sa.Boolean(), nullable=False, server_default="false"),
        sa.Column("corrected", sa.Numeric(), nullable=False, server_default="0"),
        sa.Column("deducted", sa.Numeric(), nullable=False, server_default="0"),
    ):
        op.add_column("invoice", column)
    op.add_column("invoice", sa.Column("owed", sa.Numeric(), sa.Computed(OWED, persisted=True)))
    op.drop_index("invoice_period_order_key", "invoice")
    op.create_index(
        "invoice_period_order_key",
        "invoice",
        ["period", "order_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'invoice' AND NOT annulled"),
    )
    op.create_index("invoice_order_kind_idx", "invoice", ["order_id", "kind"])
    op.create_table(
        "exchange_rate",
        sa.Column("currency", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("rate", sa.Numeric(), nullable=False),
        sa.Column("table_number", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("exchange_rate")
    op.drop_index("invoice_order_kind_idx", "invoice")
    op.drop_index("invoice_period_order_key", "invoice")
    op.drop_column("invoice", "owed")
    for name in ("deducted", "corrected", "annulled", "corrects", "kind"):
        op.drop_column("invoice", name)
    op.create_index("invoice_period_order_key", "invoice", ["period", "order_id"], unique=True)
