"""The board knows why a plan is paused."""

import sqlalchemy as sa
from alembic import op

revision = "v3"
down_revision = "v2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("board_rows", sa.Column("pause_kind", sa.String(), nullable=True))
