"""The service: limits, keys, amendments, notices.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    _drop_notices()
    _drop_amendments()
    _drop_keys()
    _drop_limits()


def _drop_notices() -> None:
    """Reverses `_create_notices`."""


def _drop_amendments() -> None:
    """Reverses `_create_amendments`."""
    op.drop_table("usage_amended")
    op.drop_table("usage_amendment")


def _drop_keys() -> None:
    """Reverses `_create_keys`."""


def _drop_limits() -> None:
    """Reverses `_create_limits`."""
