"""What a service has to pass on and could not handle: its outbox, its relay and its dead letters."""

from dataclasses import dataclass
from datetime import datetime

from shared.outbox.relay import LEADER_LOCK
from shared.readings.rows import Rows, count

# pg_locks has the relay's lock in two halves.
_RELAY = (LEADER_LOCK >> 32, LEADER_LOCK & 0xFFFFFFFF)
_OUTBOX = """
SELECT count(*) FILTER (WHERE published_at IS NULL),
       count(*) FILTER (WHERE dispatched_at IS NULL AND workflow IS NOT NULL),
       count(*) FILTER (WHERE publish_error IS NOT NULL OR dispatch_error IS NOT NULL),
       min(recorded_at)
FROM outbox
WHERE published_at IS NULL OR (dispatched_at IS NULL AND workflow IS NOT NULL)
"""
_LEADS = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = %s AND objid = %s
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_DEAD_LETTERS = "SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"


@dataclass(frozen=True)
class Outbox:
    """How much of an outbox waits, by cursor, how much of it was refused, and since when the oldest waits."""

    to_publish: int
    to_dispatch: int
    refused: int
    oldest: datetime | None


async def outbox(rows: Rows) -> Outbox:
    """Count what waits in the outbox."""
    return Outbox(*(await rows(_OUTBOX))[0])


async def relay_leads(rows: Rows) -> bool:
    """Return whether some process passes on what this service has to tell."""
    return await count(rows, _LEADS, *_RELAY) > 0


async def dead_letters(rows: Rows) -> int:
    """Count the messages that could not be handled and wait for a replay."""
    return await count(rows, _DEAD_LETTERS)
