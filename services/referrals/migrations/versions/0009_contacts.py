"""Places have an address and a number too, and a list of reminders goes to one desk of an agency."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_LIST = ["agency_id", "team_id", "practice_day", "kind"]
_REMINDERS = sa.text("kind = 'reminders'")


def upgrade() -> None:
    op.add_column("locations", sa.Column("email", sa.String(), nullable=True))
    op.add_column("locations", sa.Column("phone", sa.String(), nullable=True))
    op.add_column("messages", sa.Column("desk", sa.String(), nullable=False, server_default=""))
    op.drop_index("uq_messages_list", table_name="messages")
    op.create_index("uq_messages_list", "messages", [*_LIST, "desk"], unique=True, postgresql_where=_REMINDERS)


def downgrade() -> None:
    op.drop_index("uq_messages_list", table_name="messages")
    op.create_index("uq_messages_list", "messages", _LIST, unique=True, postgresql_where=_REMINDERS)
    op.drop_column("messages", "desk")
    op.drop_column("locations", "phone")
    op.drop_column("locations", "email")
