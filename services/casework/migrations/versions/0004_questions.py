"""Up to where an agency's questions, and our answers, had their effect."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("known_referrals", sa.Column("question_version", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("known_referrals", "question_version")
