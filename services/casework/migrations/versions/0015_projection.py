"""Order board rows by the version of their owner's row; keep why a plan needs help, and what its newest event says."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("board_rows", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.alter_column("board_rows", "version", server_default=None)
    op.drop_column("board_rows", "chain_started_at")
    op.drop_column("board_rows", "sequence")
    op.add_column("plans", sa.Column("needs_help", sa.String(), nullable=True))
    op.add_column("plans", sa.Column("standing_digest", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("plans", "standing_digest")
    op.drop_column("plans", "needs_help")
    op.add_column("board_rows", sa.Column("sequence", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column(
        "board_rows",
        sa.Column("chain_started_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.drop_column("board_rows", "version")
