"""Usage, orders and invoices: the tables of the event store and the read models.

Revision: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

EVENT_TABLES = ("usage_events", "decisions_events")
STORED_EVENT = "stored_event_text"


def upgrade() -> None:
    op.execute(
        f"CREATE TYPE {STORED_EVENT} AS"
        " (originator_id text, originator_version bigint, topic text, state bytea)"
    )
    for name in EVENT_TABLES:
        _create_events(name)
    op.create_table(
        "usage_balance",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("used", sa.Numeric(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("peak", sa.Numeric()),
        sa.Column("peak_at", sa.DateTime(timezone=True)),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "usage_user",
        sa.Column("number", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.UniqueConstraint("order_id", "period", "name", name="usage_user_name_key"),
    )
    op.create_table(
        "usage_user_balance",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("period", sa.Date(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("user_number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("used", sa.Numeric(), nullable=False),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
    )
    op.create_table(
        "customer_order",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("placed", postgresql.JSONB(), nullable=False),
    )
    op.create_index("ix_customer_order_account_id", "customer_order", ["account_id"])
    _create_invoices()


def _create_events(name: str) -> None:
    op.create_table(
        name,
        sa.Column("originator_id", sa.Text(), primary_key=True),
        sa.Column("originator_version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("topic", sa.Text()),
        sa.Column("state", sa.LargeBinary()),
        sa.Column("notification_id", sa.BigInteger(), sa.Identity(), nullable=False),
    )
    op.create_index(f"{name}_notification_id_idx", name, ["notification_id"], unique=True)
    # Pages and decisions come compressed or small: PostgreSQL need not try to compress them again.
    op.execute(f"ALTER TABLE {name} ALTER COLUMN state SET STORAGE EXTERNAL")


def _create_invoices() -> None:
    op.create_table(
        "invoice",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("period", sa.Date(), nullable=False),
        sa.Column("seller", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), unique=True),
        sa.Column("issued_on", sa.Date()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net", sa.Numeric(), nullable=False),
        sa.Column("vat", sa.Numeric(), nullable=False),
        sa.Column("gross", sa.Numeric(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_invoice_account_id", "invoice", ["account_id"])
    op.create_index("invoice_period_order_key", "invoice", ["period", "order_id"], unique=True)
    op.create_table(
        "invoice_series",
        sa.Column("seller", sa.Text(), primary_key=True),
        sa.Column("series", sa.Text(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    for name in (
        "invoice_series",
        "invoice",
        "customer_order",
        "account",
        "usage_user_balance",
        "usage_user",
        "usage_balance",
        *EVENT_TABLES,
    ):
        op.drop_table(name)
    op.execute(f"DROP TYPE {STORED_EVENT}")
