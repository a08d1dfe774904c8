"""Add strikes of records that were made by mistake."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
STRIKABLE = ("contacts", "concerns", "said_no_answers", "deaths")


def upgrade() -> None:
    op.create_table(
        "strikes",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.String(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_strikes"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_strikes_person_id_people"),
        sa.UniqueConstraint("record_id", name="uq_strikes_record_id"),
    )
    op.create_index("ix_strikes_person_id", "strikes", ["person_id"])
    op.create_index("ix_strikes_team_id", "strikes", ["team_id"])
    for table in STRIKABLE:
        op.add_column(table, sa.Column("struck_at", INSTANT, nullable=True))
    # After a death was struck, another may be recorded.
    op.create_index(
        "uq_deaths_one_standing", "deaths", ["person_id"], unique=True, postgresql_where=sa.text("struck_at IS NULL")
    )
    op.drop_constraint("uq_deaths_person_id", "deaths")


def downgrade() -> None:
    op.create_unique_constraint("uq_deaths_person_id", "deaths", ["person_id"])
    op.drop_index("uq_deaths_one_standing", table_name="deaths")
    for table in STRIKABLE:
        op.drop_column(table, "struck_at")
    op.drop_index("ix_strikes_team_id", table_name="strikes")
    op.drop_index("ix_strikes_person_id", table_name="strikes")
    op.drop_table("strikes")
