"""Changes by others on the board since somebody last read it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.board.models import SteppedIn, TimelineEntry
from services.casework.board.rows import BOARD, ROWS, as_view
from services.casework.board.schemas import ChangesView, ChangeView, TimelineView
from shared import clock
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.session import actor_of
from shared.http.problems import conflict

_MOST_ENTRIES = 1000
_BY_ITSELF = ("system", "")


async def changes(session: AsyncSession, since: datetime, limit: int) -> ChangesView:
    """Return the rows that others changed after `since`, the latest change first."""
    actor, now = actor_of(session), clock.now()
    entries = await session.scalars(
        in_teams(select(TimelineEntry), TimelineEntry, actor)
        .where(TimelineEntry.recorded_at > since, TimelineEntry.who != actor.user_id)
        .order_by(TimelineEntry.recorded_at.desc(), TimelineEntry.id.desc())
        .limit(_MOST_ENTRIES)
    )
    happened: dict[UUID, list[TimelineView]] = {}
    for entry in entries:
        happened.setdefault(entry.row_id, []).append(TimelineView.model_validate(entry))
    wanted = list(happened)[:limit]
    found = await session.execute(in_teams(ROWS, BOARD.c, actor).where(BOARD.c.id.in_(wanted)))
    rows = {view.id: view for view in (as_view(row, now) for row in found)}
    items = [ChangeView(row=rows[each], happened=happened[each]) for each in wanted if each in rows]
    return ChangesView(items=items, as_of=now, more=len(happened) > limit)


async def step_in(
    session: AsyncSession, row_id: UUID, team_id: UUID, command: str, seen_at: datetime | None, actor: Actor
) -> None:
    """Lock the row for one command and record it. A second command waits, and may then get 409 with what came first.

    Raise 409 when others have acted on the row after `seen_at`.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"board:{team_id}:{row_id}", 0))))
    if seen_at is not None and (done := await _by_others(session, row_id, team_id, seen_at, actor)):
        raise conflict("Somebody else has acted on this meanwhile.", rule="meanwhile", meanwhile=done)
    session.add(SteppedIn(row_id=row_id, team_id=team_id, command=command, by=actor.user_id))
    await session.flush()


async def _by_others(
    session: AsyncSession, row_id: UUID, team_id: UUID, seen_at: datetime, actor: Actor
) -> list[dict[str, Any]]:
    """Return acts of people and the agency, from commands and facts; a command becomes a fact a moment later."""
    ours = (actor.user_id, *_BY_ITSELF)
    facts = await session.execute(
        select(TimelineEntry.recorded_at, TimelineEntry.what, TimelineEntry.who).where(
            TimelineEntry.row_id == row_id,
            TimelineEntry.team_id == team_id,
            TimelineEntry.recorded_at > seen_at,
            TimelineEntry.who.not_in(ours),
        )
    )
    commands = await session.execute(
        select(SteppedIn.recorded_at, SteppedIn.command, SteppedIn.by).where(
            SteppedIn.row_id == row_id,
            SteppedIn.team_id == team_id,
            SteppedIn.recorded_at > seen_at,
            SteppedIn.by != actor.user_id,
        )
    )
    return _acts((at, what, who) for at, what, who in [*commands, *facts])


# The name in the timeline of what a command did.
_AS_FACT = {"hold": "held", "resume": "resumed", "review": "reviewed", "close": "closed"}


def _acts(found: Iterable[tuple[datetime, str, str]]) -> list[dict[str, Any]]:
    """Return each act once, the oldest first."""
    acts: dict[tuple[str, str], datetime] = {}
    for at, what, who in found:
        acts.setdefault((_AS_FACT.get(what, what), who), at)
    return [{"what": what, "by": who, "at": at.isoformat()} for (what, who), at in sorted(acts.items(), key=_when)]


def _when(act: tuple[tuple[str, str], datetime]) -> datetime:
    return act[1]
