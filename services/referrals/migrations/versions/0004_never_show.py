"""The never-show rule that an agency or a place meets, and the one that a service meets by its own words."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agencies", sa.Column("never_show_rule", sa.String(), nullable=True))
    op.add_column("locations", sa.Column("never_show_rule", sa.String(), nullable=True))
    op.add_column("services", sa.Column("never_show_own", sa.String(), nullable=True))
    op.execute("UPDATE services SET never_show_own = never_show_rule")


def downgrade() -> None:
    op.drop_column("services", "never_show_own")
    op.drop_column("locations", "never_show_rule")
    op.drop_column("agencies", "never_show_rule")
