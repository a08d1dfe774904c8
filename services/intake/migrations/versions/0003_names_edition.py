"""Add the edition of the search index in which the names of a person are."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("people", sa.Column("names_edition", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    op.drop_column("people", "names_edition")
