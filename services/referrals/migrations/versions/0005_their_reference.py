"""The agency's own reference for a referral."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referrals", sa.Column("their_reference_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("referrals", "their_reference_sealed")
