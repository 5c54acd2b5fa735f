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


def _drop_keys() -> None:
    """Reverses `_create_keys`."""
    op.drop_table("api_key")


def _drop_limits() -> None:
    """Reverses `_create_limits`."""
