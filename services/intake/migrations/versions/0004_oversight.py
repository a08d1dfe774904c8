"""Add oversight: decisions and disclosures that the guardian reviews."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "oversight",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=True),
        sa.Column("agency_id", sa.Uuid(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("for_role", sa.String(), nullable=False),
        sa.Column("reviewed_at", INSTANT, nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("agrees", sa.Boolean(), nullable=True),
        sa.Column("why_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_oversight"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_oversight_person_id_people"),
        sa.ForeignKeyConstraint(["basis_id"], ["legal_bases.id"], name="fk_oversight_basis_id_legal_bases"),
        sa.UniqueConstraint("record_id", name="uq_oversight_record_id"),
    )
    op.create_index("ix_oversight_person_id", "oversight", ["person_id"])
    op.create_index("ix_oversight_team_id", "oversight", ["team_id"])
    op.create_index("ix_oversight_basis_id", "oversight", ["basis_id"])


def downgrade() -> None:
    for index in ("ix_oversight_basis_id", "ix_oversight_team_id", "ix_oversight_person_id"):
        op.drop_index(index, table_name="oversight")
    op.drop_table("oversight")
