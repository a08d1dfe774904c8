"""Sent means told: what keeps our email, and since when.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the outcome kept beside an order to send: the message's own row has it."""
    op.add_column("messages", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referrals", sa.Column("send_waits", sa.String(), nullable=True))
    op.drop_column("referrals", "answered_request")
    op.drop_column("referrals", "answered_outcome")


def downgrade() -> None:
    """Back to 0010."""
    op.add_column("referrals", sa.Column("answered_outcome", sa.String(), nullable=True))
    op.add_column("referrals", sa.Column("answered_request", sa.String(), nullable=True))
    op.drop_column("referrals", "send_waits")
    op.drop_column("messages", "failing_since")
