"""Notes that were written by mistake: struck, with a trace."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLES = ("referral_moves",)


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("note_struck_at", sa.DateTime(timezone=True), nullable=True))
        op.add_column(table, sa.Column("note_struck_by", sa.String(), nullable=True))
        op.add_column(table, sa.Column("note_struck_why_sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        for column in ("note_struck_why_sealed", "note_struck_by", "note_struck_at"):
            op.drop_column(table, column)
