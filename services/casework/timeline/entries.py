"""The timeline of a plan or referral: one entry per event, from any service."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Table, exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.casework.board.models import TimelineEntry
from shared import clock
from shared.db.session import actor_of
from shared.events.envelope import Envelope, Event
from shared.outbox.emit import emit
from shared.temporal.drive import Drive

# Built once, from the table and not the mapped class: an entry costs the statement and nothing else.
_ENTER = insert(cast(Table, TimelineEntry.__table__)).on_conflict_do_nothing()


async def write_entry(
    session: AsyncSession,
    *,
    event_id: UUID,
    row_id: UUID,
    team_id: UUID,
    at: datetime,
    version: int,
    what: str,
    who: str,
    **detail: Any,
) -> None:
    """Write one entry; a repeated event changes nothing. `detail` holds codes, ids and numbers."""
    entry = {
        "id": event_id,
        "team_id": team_id,
        "recorded_at": clock.now(),
        "row_id": row_id,
        "at": at,
        "version": version,
        "what": what,
        "who": who,
        "detail": {name: value for name, value in detail.items() if value is not None},
    }
    await session.execute(_ENTER, entry)


async def emit_with_entry(
    session: AsyncSession,
    event: Event,
    *,
    aggregate: UUID,
    row_id: UUID,
    team_id: UUID,
    what: str,
    who: str | None = None,
    drive: Drive | None = None,
    **detail: Any,
) -> None:
    """Emit an event of casework and write it to the timeline of `row_id`, in one transaction."""
    event_id = await emit(session, event, aggregate=aggregate, drive=drive)
    await write_entry(
        session,
        event_id=event_id,
        row_id=row_id,
        team_id=team_id,
        at=event.occurred_at,
        version=event.version,
        what=what,
        who=who or actor_of(session).user_id,
        **detail,
    )


def envelope_of(session: AsyncSession) -> Envelope:
    """Return the envelope of the event that this session handles; raise TypeError when there is none."""
    envelope = session.info.get("envelope")
    if not isinstance(envelope, Envelope):
        raise TypeError("no event is being handled in this session")
    return envelope


async def of(session: AsyncSession, row_id: UUID, team_id: UUID) -> list[TimelineEntry]:
    """List the whole timeline of a team's row, oldest first. The id alone is no proof: clients make ids."""
    found = await session.scalars(
        select(TimelineEntry)
        .where(TimelineEntry.row_id == row_id, TimelineEntry.team_id == team_id)
        .order_by(TimelineEntry.at, TimelineEntry.version, TimelineEntry.id)
    )
    return list(found)


def stands() -> ColumnElement[bool]:
    """Return the condition for entries that no later entry corrects."""
    later = aliased(TimelineEntry)
    corrected = later.detail["corrects_version"].as_integer() == TimelineEntry.version
    return ~exists().where(later.row_id == TimelineEntry.row_id, later.what == "correct", corrected)
