"""The known end of a pause, and attempts to meet somebody whom nobody has met yet."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("holds", sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("holds", sa.Column("until_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plans", sa.Column("attempted_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("plans", sa.Column("met", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    op.drop_column("plans", "met")
    op.drop_column("plans", "attempted_from")
    op.drop_column("holds", "until_since")
    op.drop_column("holds", "confirmed_at")
