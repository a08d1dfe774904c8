"""Why somebody showed a service that a rule hides, or hid one, is kept as a code."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("services", sa.Column("never_show_why", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("services", "never_show_why")
