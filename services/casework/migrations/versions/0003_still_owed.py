"""Which escalations of a referral outlive their stage: a question, or a span, that nobody has answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("known_referrals", sa.Column("still_owed", JSONB(), nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("known_referrals", "still_owed")
