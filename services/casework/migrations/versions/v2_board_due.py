"""The board knows when what a row waits for is due."""

import sqlalchemy as sa
from alembic import op

revision = "v2"
down_revision = "v1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("board_rows", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
