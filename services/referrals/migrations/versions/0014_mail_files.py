"""The files that come with an email, emails that two teams may not read, and a count of what is ignored."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mails", sa.Column("for_guardian", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("mails", "for_guardian", server_default=None)
    op.create_table(
        "mail_files",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mail_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("label_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["mail_id"], ["mails.id"], name="fk_mail_files_mail_id_mails"),
        sa.PrimaryKeyConstraint("id", name="pk_mail_files"),
    )
    op.create_index("ix_mail_files_mail_id", "mail_files", ["mail_id"])
    op.create_index("ix_mail_files_team_id", "mail_files", ["team_id"])
    op.create_table(
        "mail_counts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_mail_counts"),
        sa.UniqueConstraint("day", "what", name="uq_mail_counts_day_what"),
    )
    op.create_index("ix_mail_counts_team_id", "mail_counts", ["team_id"])

    op.create_table(
        "mailbox_states",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mailbox_states"),
        sa.UniqueConstraint("name", name="uq_mailbox_states_name"),
    )
    op.create_index("ix_mailbox_states_team_id", "mailbox_states", ["team_id"])


def downgrade() -> None:
    op.drop_table("mailbox_states")
    op.drop_table("mail_counts")
    op.drop_table("mail_files")
    op.drop_column("mails", "for_guardian")
