"""Keep why a referral needs help, and a digest of the standing that its newest event says."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referrals", sa.Column("needs_help", sa.String(), nullable=True))
    op.add_column("referrals", sa.Column("standing_digest", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("referrals", "standing_digest")
    op.drop_column("referrals", "needs_help")
