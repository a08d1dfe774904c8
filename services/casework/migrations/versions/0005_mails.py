"""Which emails have come and which were read: the two events may come in any order."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "known_mails",
        sa.Column("read_at", INSTANT, nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_known_mails"),
    )
    op.create_index("ix_known_mails_team_id", "known_mails", ["team_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_known_mails_team_id", table_name="known_mails")
    op.drop_table("known_mails")
