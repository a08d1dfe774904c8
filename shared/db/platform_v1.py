"""The platform tables of every service as of the first release: part of the first revision of each.

A later change is a revision of each service; these stay as they are.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

INSTANT = sa.DateTime(timezone=True)


def create(op: Any) -> None:
    """Create the tables, with Alembic's `op`."""
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column(
            "message_key", sa.String(), nullable=False, comment="the event id, or the hash of a body that has none"
        ),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("error", sa.String(), nullable=False, comment="kind and place of the error, never its text"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("replayed_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )
    op.create_index(
        "uq_dead_letters_group_name_message_key", "dead_letters", ["group_name", "message_key"], unique=True
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("scope", sa.String(), nullable=False, comment="actor and route"),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="empty while the first request is at work"),
        sa.Column("headers", JSONB(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True, comment="encrypted"),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name="pk_idempotency_keys"),
    )
    op.create_index("ix_idempotency_keys_recorded_at", "idempotency_keys", ["recorded_at"])
    op.create_table(
        "inbox",
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("group_name", "event_id", name="pk_inbox"),
    )
    op.create_table(
        "inbox_starts",
        sa.Column("group_name", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False, comment="a reaction ignores what was recorded before"),
        sa.PrimaryKeyConstraint("group_name", "subject", name="pk_inbox_starts"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False, comment="the order of publishing"),
        sa.Column("event_id", sa.Uuid(), nullable=False, comment="Nats-Msg-Id"),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False, comment="CloudEvents JSON, byte for byte what is published"),
        sa.Column("correlation_id", sa.String(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("published_at", INSTANT, nullable=True),
        sa.Column("publish_error", sa.String(), nullable=True),
        sa.Column("workflow", sa.String(), nullable=True, comment="type of the workflow this row drives, if any"),
        sa.Column("workflow_id", sa.String(), nullable=True),
        sa.Column("fact", JSONB(), nullable=True),
        sa.Column("dispatched_at", INSTANT, nullable=True),
        sa.Column("dispatch_error", sa.String(), nullable=True),
        sa.Column("dispatch_attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    op.create_index("ix_outbox_aggregate_id", "outbox", ["aggregate_id"])
    op.create_index(
        "ix_outbox_undispatched",
        "outbox",
        ["id"],
        postgresql_where=sa.text("dispatched_at IS NULL AND workflow IS NOT NULL"),
    )
    op.create_index("ix_outbox_unpublished", "outbox", ["id"], postgresql_where=sa.text("published_at IS NULL"))
    op.create_table(
        "rate_limits",
        sa.Column("bucket", sa.String(), nullable=False, comment="who and what"),
        sa.Column("window_start", INSTANT, nullable=False, comment="the first hit that counts"),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("bucket", name="pk_rate_limits"),
    )
    op.create_table(
        "relay_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="always 1"),
        sa.Column(
            "stream_created", sa.String(), nullable=False, comment="which stream the marks in the outbox are about"
        ),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relay_state"),
    )


def drop(op: Any) -> None:
    """Drop the tables: the downgrade of `create`."""
    for table in ("relay_state", "rate_limits", "outbox", "inbox_starts", "inbox", "idempotency_keys", "dead_letters"):
        op.drop_table(table)
