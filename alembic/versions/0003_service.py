"""The service: limits, keys, amendments, notices.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_limits()
    _create_keys()
    _create_amendments()
    _create_notices()


def _create_limits() -> None:
    """Reservations and decisions on limits."""
    op.create_table(
        "usage_decision",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("reservation", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remaining", sa.Numeric()),
        sa.Column("rolled", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.execute(
        "CREATE INDEX usage_decision_open_idx ON usage_decision (decided_at) WHERE NOT rolled"
    )
    op.execute("CREATE INDEX usage_decision_age_idx ON usage_decision USING brin (decided_at)")
    op.create_table(
        "usage_reservation",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("committed", sa.Numeric(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("remaining", sa.Numeric()),
        sa.Column("rolled", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.execute("""
        CREATE INDEX usage_reservation_open_idx ON usage_reservation (order_id, meter, user_name)
        WHERE ended_at IS NULL
    """)
    op.execute("""
        CREATE INDEX usage_reservation_due_idx ON usage_reservation (expires_at)
        WHERE ended_at IS NULL
    """)
    op.execute("""
        CREATE INDEX usage_reservation_over_idx ON usage_reservation (ended_at)
        WHERE ended_at IS NOT NULL AND NOT rolled
    """)
    op.create_table(
        "usage_hold",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("bucket", sa.Text(), primary_key=True),
        sa.Column("pending", sa.Numeric(), nullable=False),
        sa.Column("reserved", sa.Numeric(), nullable=False),
    )


def _create_keys() -> None:
    """The keys of the service's users."""
    op.create_table(
        "api_key",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
    )


def _create_amendments() -> None:
    """What was voided or replaced, by whom and why."""
    op.create_table(
        "usage_amendment",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), nullable=False),
        sa.Column("put_in", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
    )
    op.create_table(
        "usage_amended",
        sa.Column("amendment_id", sa.Text(), primary_key=True),
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("taken_back", sa.BigInteger(), nullable=False),
        sa.Column("put_in", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
    )
    op.create_index("usage_amended_order_day_idx", "usage_amended", ["order_id", "day"])


def _create_notices() -> None:
    """Marks that usage has reached, and what is told of it to whom."""
    op.create_table(
        "mark_setting",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("marks", ARRAY(sa.BigInteger()), nullable=False),
    )
    op.create_table(
        "usage_mark",
        sa.Column("order_id", sa.Text(), primary_key=True),
        sa.Column("period", sa.Date(), primary_key=True),
        sa.Column("meter", sa.Text(), primary_key=True),
        sa.Column("measure", sa.Text(), primary_key=True),
        sa.Column("mark", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("bound", sa.Numeric(), primary_key=True),
        sa.Column("used", sa.Numeric(), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "watcher",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
    )
    _create_outbox()


def _create_outbox() -> None:
    """Notices, endpoints and deliveries."""
    op.create_table(
        "notice",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", ARRAY(sa.Text()), nullable=False),
        sa.Column("account_id", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text()),
        sa.Column("old_secret", sa.Text()),
        sa.Column("old_until", sa.DateTime(timezone=True)),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("endpoint_id", sa.Text(), nullable=False, index=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), index=True),
        sa.Column("last_status", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("notice_id", "endpoint_id", name="notice_delivery_once"),
    )


def downgrade() -> None:
    _drop_notices()
    _drop_amendments()
    _drop_keys()
    _drop_limits()


def _drop_notices() -> None:
    """Reverses `_create_notices`."""
    outbox = ("notice_delivery", "webhook_endpoint", "notice")
    for name in (*outbox, "watcher", "usage_mark", "mark_setting"):
        op.drop_table(name)


def _drop_amendments() -> None:
    """Reverses `_create_amendments`."""
    op.drop_table("usage_amended")
    op.drop_table("usage_amendment")


def _drop_keys() -> None:
    """Reverses `_create_keys`."""
    op.drop_table("api_key")


def _drop_limits() -> None:
    """Reverses `_create_limits`."""
    op.drop_table("usage_hold")
    op.drop_table("usage_reservation")
    op.drop_table("usage_decision")
