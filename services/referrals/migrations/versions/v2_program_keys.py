"""The keys of programs, as the console states them."""

from alembic import op

from shared.db import program_keys_v1

revision = "v2"
down_revision = "v1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    program_keys_v1.create(op)
