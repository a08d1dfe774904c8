"""Appointments that are proposed until the service has confirmed them, and what was read over which link."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("appointments", sa.Column("proposed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("appointments", sa.Column("confirmed_at", INSTANT, nullable=True))
    op.add_column("appointments", sa.Column("confirmed_by", sa.String(), nullable=True))
    op.create_table(
        "readings",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", INSTANT, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("grant_id", "referral_id", name=op.f("uq_readings_grant_id_referral_id")),
    )
    op.create_index(op.f("ix_readings_team_id"), "readings", ["team_id"], unique=False)


def downgrade() -> None:
    op.drop_table("readings")
    op.drop_column("appointments", "confirmed_by")
    op.drop_column("appointments", "confirmed_at")
    op.drop_column("appointments", "proposed")
