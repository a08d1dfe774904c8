"""What an event ended, so that it can be put back when the event was a mistake."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
ADDED = (
    ("known_people", "state_event", sa.Uuid()),
    ("heard_contacts", "event_id", sa.Uuid()),
    ("heard_contacts", "struck_at", INSTANT),
    ("holds", "ended_event", sa.Uuid()),
    ("tasks", "closed_event", sa.Uuid()),
    ("next_steps", "closed_event", sa.Uuid()),
    ("plans", "counts_from", INSTANT),
)


def upgrade() -> None:
    for table, column, kind in ADDED:
        op.add_column(table, sa.Column(column, kind, nullable=True))
    op.create_index(
        "ix_tasks_closed_event", "tasks", ["closed_event"], postgresql_where=sa.text("closed_event IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_tasks_closed_event", table_name="tasks")
    for table, column, _ in reversed(ADDED):
        op.drop_column(table, column)
