"""Who stepped in on a row and when, and what happened since an instant."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT: Any = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "board_commands",
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_board_commands"),
    )
    op.create_index("ix_board_commands_row_id", "board_commands", ["row_id", "recorded_at"])
    op.create_index("ix_board_commands_team_id", "board_commands", ["team_id"])
    op.create_index("ix_board_timeline_recorded_at", "board_timeline", ["team_id", "recorded_at"])


def downgrade() -> None:
    op.drop_index("ix_board_timeline_recorded_at", table_name="board_timeline")
    op.drop_table("board_commands")
