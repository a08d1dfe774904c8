"""The directory keeps other names, all numbers, dates, what left a feed, and changes of contacts that are proposed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_LISTS = {
    "agencies": ("phones", "other_names"),
    "services": ("phones", "other_names"),
    "locations": ("phones", "other_names"),
}
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    for table, columns in _LISTS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, JSONB(), nullable=False, server_default="[]"))
    op.add_column("locations", sa.Column("description", sa.String(), nullable=True))
    op.add_column("services", sa.Column("opens_on", sa.Date(), nullable=True))
    op.add_column("services", sa.Column("closes_on", sa.Date(), nullable=True))
    op.add_column("services", sa.Column("left_at", _AT, nullable=True))
    op.add_column("services", sa.Column("never_show_by", sa.String(), nullable=True))
    op.add_column("services", sa.Column("never_show_at", _AT, nullable=True))
    op.create_table(
        "contact_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("was", sa.String(), nullable=True),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=False),
        sa.Column("proposed_teams", JSONB(), nullable=False),
        sa.Column("proposed_at", _AT, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", _AT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_contact_changes"),
    )
    op.create_index("ix_contact_changes_holder_id", "contact_changes", ["holder_id"])
    op.create_index(
        "uq_contact_changes_proposed",
        "contact_changes",
        ["holder_id", "field"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )


def downgrade() -> None:
    op.drop_table("contact_changes")
    for column in ("never_show_at", "never_show_by", "left_at", "closes_on", "opens_on"):
        op.drop_column("services", column)
    op.drop_column("locations", "description")
    for table, columns in _LISTS.items():
        for column in columns:
            op.drop_column(table, column)
