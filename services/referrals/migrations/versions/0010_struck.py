"""Up to which version of a person a death, and up to which a no, was recorded by mistake."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "struck_people",
        sa.Column("death_version", sa.Integer(), nullable=False),
        sa.Column("no_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_struck_people"),
    )
    op.create_index("ix_struck_people_team_id", "struck_people", ["team_id"])


def downgrade() -> None:
    op.drop_index("ix_struck_people_team_id", table_name="struck_people")
    op.drop_table("struck_people")
