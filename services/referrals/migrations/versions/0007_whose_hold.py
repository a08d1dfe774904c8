"""Whose plan is held: a referral that was written before the plan names none."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What was heard before says which plan alone; any referral of that plan says whose it is.
WHOSE = """
UPDATE plan_holds SET person_id = referrals.person_id FROM referrals
WHERE referrals.plan_id = plan_holds.id AND referrals.team_id = plan_holds.team_id
"""


def upgrade() -> None:
    op.add_column("plan_holds", sa.Column("person_id", sa.Uuid(), nullable=True))
    op.execute(WHOSE)
    op.create_index("ix_plan_holds_person_id", "plan_holds", ["person_id"], postgresql_where=sa.text("worker_only"))


def downgrade() -> None:
    op.drop_index("ix_plan_holds_person_id", table_name="plan_holds")
    op.drop_column("plan_holds", "person_id")
