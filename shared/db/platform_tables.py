"""The platform tables of every service, as Core tables: outbox, inbox, dead letters, idempotency keys, limits.

These tables hold ids, types, states and hashes. The data of the events in `outbox.body` and `dead_letters.body` is
sealed, and `idempotency_keys.answer` is encrypted by its writer. Outbox rows and inbox ids are never deleted: they
allow the streams to be rebuilt from nothing without repeating any effect.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.base import NAMING, Instant

__all__ = [
    "PLATFORM",
    "dead_letters",
    "idempotency_keys",
    "inbox",
    "inbox_starts",
    "outbox",
    "program_keys",
    "rate_limits",
    "relay_state",
]

PLATFORM = MetaData(naming_convention=NAMING)

outbox = Table(
    "outbox",
    PLATFORM,
    Column("id", BigInteger, Identity(always=True), primary_key=True, comment="the order of publishing"),
    Column("event_id", Uuid, nullable=False, unique=True, comment="Nats-Msg-Id"),
    Column("aggregate_id", Uuid, nullable=False),
    Column("subject", String, nullable=False),
    Column("body", Text, nullable=False, comment="CloudEvents JSON, byte for byte what is published"),
    Column("correlation_id", String, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("published_at", Instant),
    Column("publish_error", String),
    Column("workflow", String, comment="type of the workflow this row drives, if any"),
    Column("workflow_id", String),
    Column("fact", JSONB),
    Column("dispatched_at", Instant),
    Column("dispatch_error", String),
    Column("dispatch_attempts", Integer, nullable=False, server_default=text("0")),
)
Index("ix_outbox_unpublished", outbox.c.id, postgresql_where=outbox.c.published_at.is_(None))
Index(
    "ix_outbox_undispatched",
    outbox.c.id,
    postgresql_where=outbox.c.dispatched_at.is_(None) & outbox.c.workflow.is_not(None),
)
Index("ix_outbox_aggregate_id", outbox.c.aggregate_id)

relay_state = Table(
    "relay_state",
    PLATFORM,
    Column("id", Integer, primary_key=True, autoincrement=False, comment="always 1"),
    Column("stream_created", String, nullable=False, comment="which stream the marks in the outbox are about"),
    Column("last_sequence", BigInteger, nullable=False),
)

inbox = Table(
    "inbox",
    PLATFORM,
    Column("group_name", String, primary_key=True),
    Column("event_id", Uuid, primary_key=True),
    Column("recorded_at", Instant, nullable=False),
)

inbox_starts = Table(
    "inbox_starts",
    PLATFORM,
    Column("group_name", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("started_at", Instant, nullable=False, comment="a reaction ignores what was recorded before"),
)

dead_letters = Table(
    "dead_letters",
    PLATFORM,
    Column("id", Uuid, primary_key=True),
    Column("group_name", String, nullable=False),
    Column("message_key", String, nullable=False, comment="the event id, or the hash of a body that has none"),
    Column("subject", String, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("error", String, nullable=False, comment="kind and place of the error, never its text"),
    Column("attempts", Integer, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("replayed_at", Instant),
)
Index(
    "uq_dead_letters_group_name_message_key",
    dead_letters.c.group_name,
    dead_letters.c.message_key,
    unique=True,
)

idempotency_keys = Table(
    "idempotency_keys",
    PLATFORM,
    Column("scope", String, primary_key=True, comment="actor and route"),
    Column("key", String, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("status", Integer, comment="empty while the first request is at work"),
    Column("headers", JSONB),
    Column("answer", LargeBinary, comment="encrypted"),
    Column("recorded_at", Instant, nullable=False),
)
Index("ix_idempotency_keys_recorded_at", idempotency_keys.c.recorded_at)

rate_limits = Table(
    "rate_limits",
    PLATFORM,
    Column("bucket", String, primary_key=True, comment="who and what"),
    Column("window_start", Instant, nullable=False, comment="the first hit that counts"),
    Column("hits", Integer, nullable=False),
)

program_keys = Table(
    "stated_program_keys",
    PLATFORM,
    Column("id", Uuid, primary_key=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="a keyed hash of the key"),
    Column("program_id", Uuid, nullable=False),
    Column("name", String, nullable=False),
    Column("scopes", JSONB, nullable=False),
    Column("teams", JSONB, nullable=False),
    Column("agency_id", Uuid, comment="of a service's own program"),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("used_at", Instant, comment="to the minute"),
)
