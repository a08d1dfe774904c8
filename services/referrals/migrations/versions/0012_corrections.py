"""The state to which a move can be taken back, who recorded the move, and when it was struck."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referral_moves", sa.Column("recorded_by", sa.String(), nullable=True))
    op.add_column("referral_moves", sa.Column("before", postgresql.JSONB(), nullable=True))
    op.add_column("referral_moves", sa.Column("struck_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("struck_at", "before", "recorded_by"):
        op.drop_column("referral_moves", column)
