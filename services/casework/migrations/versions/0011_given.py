"""Who gave a task to somebody else, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tasks", sa.Column("given_by", sa.String(), nullable=True))
    op.add_column("tasks", sa.Column("given_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("tasks", "given_at")
    op.drop_column("tasks", "given_by")
