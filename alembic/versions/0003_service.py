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


def _create_keys() -> None:
    """The keys of the service's users."""


def _create_amendments() -> None:
    """What was voided or replaced, by whom and why."""


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


def _drop_keys() -> None:
    """Reverses `_create_keys`."""


def _drop_limits() -> None:
    """Reverses `_create_limits`."""
