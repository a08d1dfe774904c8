"""A line of a gathered task knows when it became moot, also one that had been ticked off."""

import sqlalchemy as sa
from alembic import op

revision = "v4"
down_revision = "v3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task_lines", sa.Column("moot_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE task_lines SET moot_at = closed_at WHERE closed_event IS NOT NULL")
    op.create_index(
        "ix_task_lines_not_moot", "task_lines", ["referral_id"], postgresql_where=sa.text("moot_at IS NULL")
    )
