"""Who has which case now, and the name by which services see a worker."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_names",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contact_names"),
        sa.UniqueConstraint("account_id", name="uq_contact_names_account_id"),
    )
    op.create_index("ix_contact_names_team_id", "contact_names", ["team_id"])
    op.create_table(
        "case_workers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("worker_version", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("closed_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_case_workers"),
    )
    op.create_index("ix_case_workers_person_id_team_id", "case_workers", ["person_id", "team_id"])
    op.create_index("ix_case_workers_team_id", "case_workers", ["team_id"])


def downgrade() -> None:
    op.drop_table("case_workers")
    op.drop_table("contact_names")
