"""The table of the keys of programs, as the first revision that has it makes it in each service."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

INSTANT = sa.DateTime(timezone=True)


def create(op: Any) -> None:
    """Create the table, with Alembic's `op`."""
    op.create_table(
        "stated_program_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False, comment="a keyed hash of the key"),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("scopes", JSONB(), nullable=False),
        sa.Column("teams", JSONB(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=True, comment="of a service's own program"),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT, nullable=True),
        sa.Column("used_at", INSTANT, nullable=True, comment="to the minute"),
        sa.PrimaryKeyConstraint("id", name="pk_stated_program_keys"),
        sa.UniqueConstraint("digest", name="uq_stated_program_keys_digest"),
    )
