"""Writing of events to the outbox, in the transaction that records the fact."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.context import correlation
from shared.db.platform_tables import outbox
from shared.db.session import actor_of
from shared.events.envelope import Envelope, Event, write
from shared.ids import new_id
from shared.outbox.wake import wake_after_commit
from shared.temporal.drive import Drive

__all__ = ["emit"]

# NATS refuses 1 MB; an event of ids and instants that comes near this limit is a mistake in its class.
_MOST = 64 * 1024
_INSERT = insert(outbox)


async def emit(session: AsyncSession, event: Event, *, aggregate: UUID, drive: Drive | None = None) -> UUID:
    """Record `event` of `aggregate` in the caller's transaction and return the event id.

    After the commit the relay publishes the event and, when `drive` names a workflow, dispatches the drive's fact to
    that workflow. One transaction may emit several events; they keep their order.

    Nothing is locked here. **Lock the aggregate's row first** (`SELECT ... FOR UPDATE`, or insert it): the order of
    outbox ids is the order of an aggregate's facts only if its writers are serialised.

    Raise ValueError for an event of another service or one too large to publish.
    """
    service: str = session.info["service"]
    if event.service() != service:
        raise ValueError(f"{service} cannot emit {event.type}: a fact is told by its owner")
    envelope = Envelope(
        id=new_id(),
        event=event,
        aggregate=aggregate,
        recorded_at=clock.now(),
        correlation_id=correlation() or actor_of(session).correlation_id,
    )
    body = write(envelope)
    if len(body) > _MOST:
        raise ValueError(f"{event.type} is {len(body)} bytes, more than {_MOST}: an event holds ids and instants")
    # Pending rows of the caller must be written before the event about them.
    await session.flush()
    row: dict[str, Any] = {
        "event_id": envelope.id,
        "aggregate_id": aggregate,
        "subject": event.subject(),
        "body": body,
        "correlation_id": envelope.correlation_id,
        "recorded_at": envelope.recorded_at,
    }
    if drive is not None:
        row |= {
            "workflow": drive.workflow,
            "workflow_id": drive.id,
            "fact": {"correlation_id": envelope.correlation_id, **drive.fact},
        }
    await session.execute(_INSERT, row)
    wake_after_commit(session.sync_session, service, "publish")
    if drive is not None:
        wake_after_commit(session.sync_session, service, "dispatch")
    return envelope.id
