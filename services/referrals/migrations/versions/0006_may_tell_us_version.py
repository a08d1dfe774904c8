"""The version of the person's permission on what the agency may tell us."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("referrals", sa.Column("may_tell_us_version", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("referrals", "may_tell_us_version")
