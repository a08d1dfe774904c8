"""A copy of the bank holidays that were added, and by which of them each step and task was counted."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)
_STANDS = {"plan_steps": "outcome = 'planned'", "tasks": "status = 'open'"}


def upgrade() -> None:
    op.create_table(
        "days_off",
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", JSONB(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_days_off"),
    )
    for table, stands in _STANDS.items():
        op.add_column(table, sa.Column("counted_with", sa.Integer(), nullable=False, server_default="0"))
        op.create_index(f"ix_{table}_counted_with", table, ["counted_with"], postgresql_where=sa.text(stands))
    op.add_column("plan_steps", sa.Column("first_stood_at", _AT, nullable=True))


def downgrade() -> None:
    op.drop_column("plan_steps", "first_stood_at")
    for table in _STANDS:
        op.drop_index(f"ix_{table}_counted_with", table)
        op.drop_column(table, "counted_with")
    op.drop_table("days_off")
