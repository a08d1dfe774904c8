"""One window of each rate limit at a time, which begins with its first hit."""

from alembic import op

from shared.db import platform_tables

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    platform_tables.key_rate_limits(op, "bucket")


def downgrade() -> None:
    platform_tables.key_rate_limits(op, "bucket", "window_start")
