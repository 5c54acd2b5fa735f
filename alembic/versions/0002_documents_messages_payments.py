"""Documents of invoices, messages, payments, and the count of repeated events.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("invoice", sa.Column("due_on", sa.Date()))
    op.add_column("invoice", sa.Column("paid", sa.Numeric(), nullable=False, server_default="0"))
    _create_documents()
    _create_payments()
    op.create_table(
        "usage_repeat",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("repeats", sa.BigInteger(), nullable=False),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=False),
    )


def _create_documents() -> None:
    op.create_table(
        "invoice_file",
        sa.Column("invoice_id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("language", sa.Text(), primary_key=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    # A PDF is compressed inside: PostgreSQL need not try again.
    op.execute("ALTER TABLE invoice_file ALTER COLUMN content SET STORAGE EXTERNAL")
    op.create_table(
        "message",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("invoice_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_message_invoice_id", "message", ["invoice_id"])


def _create_payments() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("payer_tax_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("allocated", sa.Numeric(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "payment_allocation",
        sa.Column("payment_id", sa.Text(), primary_key=True),
        sa.Column("invoice_id", sa.Text(), primary_key=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("found_by", sa.Text(), nullable=False),
    )
    op.create_index("payment_allocation_invoice_idx", "payment_allocation", ["invoice_id"])


def downgrade() -> None:
    for name in ("usage_repeat", "payment_allocation", "payment", "message", "invoice_file"):
        op.drop_table(name)
    op.drop_column("invoice", "paid")
    op.drop_column("invoice", "due_on")
