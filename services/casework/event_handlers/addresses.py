"""Tasks of a second person: a changed address or number of a service waits for each team that may confirm it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock
from shared.events.referrals import ContactDecided, ContactProposed


async def proposed(session: AsyncSession, event: ContactProposed) -> None:
    """Open a team's task to confirm a change: nothing is sent to the address before.

    An event that comes twice, or after the decision, opens nothing.
    """
    key = f"confirm_address:{event.change_id}:{event.team_id}"
    if await session.scalar(select(Task.id).where(Task.key == key).limit(1)) is None:
        at = min(event.occurred_at, clock.now())
        await tasks.open_task(session, "confirm_address", key, tasks.About(event.team_id), at=at)


async def decided(session: AsyncSession, event: ContactDecided) -> None:
    """Close the tasks of a change that was confirmed, refused or replaced, also when this event comes first."""
    for team in event.team_ids:
        proposal = ContactProposed(version=1, occurred_at=event.occurred_at, change_id=event.change_id, team_id=team)
        await proposed(session, proposal)
    # Also of a team that has no referrals there any more.
    await tasks.close(session, Task.key.startswith(f"confirm_address:{event.change_id}:"), why="decided")
