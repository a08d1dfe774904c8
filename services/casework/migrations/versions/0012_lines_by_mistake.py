"""Which event took a line off a gathered task."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("task_lines", sa.Column("closed_event", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_task_lines_closed_event",
        "task_lines",
        ["closed_event"],
        postgresql_where=sa.text("closed_event IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_task_lines_closed_event", table_name="task_lines")
    op.drop_column("task_lines", "closed_event")
