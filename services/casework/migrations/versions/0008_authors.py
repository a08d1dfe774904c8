"""Who wrote a referral, and up to where a confirmed appointment had its effect."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("known_referrals", sa.Column("author", sa.String(), nullable=True))
    op.add_column("known_referrals", sa.Column("confirmed_version", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("known_referrals", "confirmed_version")
    op.drop_column("known_referrals", "author")
