"""Bank holidays that were added, and by which of them each clock was counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "bank_holidays",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("source_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", _AT, nullable=False),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("removed_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_bank_holidays"),
    )
    op.create_index("ix_bank_holidays_team_id", "bank_holidays", ["team_id"])
    op.create_index(
        "uq_bank_holidays_day", "bank_holidays", ["day"], unique=True, postgresql_where=sa.text("removed_at IS NULL")
    )
    op.create_table(
        "days_off",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", JSONB(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_days_off"),
    )
    op.add_column("clock_openings", sa.Column("counted_with", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_clock_openings_counted_with",
        "clock_openings",
        ["counted_with"],
        postgresql_where=sa.text("closed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_clock_openings_counted_with", "clock_openings")
    op.drop_column("clock_openings", "counted_with")
    op.drop_table("days_off")
    op.drop_table("bank_holidays")
