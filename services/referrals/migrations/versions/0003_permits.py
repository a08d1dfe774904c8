"""Why a referral may not leave, and how much of the person intake knew when it let one leave."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referrals", sa.Column("held_back", sa.String(), nullable=True))
    op.add_column("referrals", sa.Column("permit_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("referrals", "permit_version")
    op.drop_column("referrals", "held_back")
