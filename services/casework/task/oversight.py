"""Tasks of the guardian: to read what was decided or told without the person's word, and to give a word on it.

`needed` and `given` may be heard in either order: the task of a record is made once, whichever comes first.
"""

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.task import service as tasks
from services.casework.task.models import Task
from shared import clock
from shared.events.intake import OversightGiven, OversightNeeded

_KINDS: Final = {
    "override": "read_override",
    "disclosure": "read_disclosure",
    "after_withdrawal": "read_disclosure",
    "no_opened": "read_no_opened",
}
# A later version of intake may tell of more: it is read all the same.
_USUAL: Final = "read_override"


async def needed(session: AsyncSession, event: OversightNeeded) -> None:
    """The guardian reads it; where a guardian decided it, a supervisor."""
    if await _known(session, event.oversight_id):
        return
    kind = _KINDS.get(event.what, _USUAL)
    if event.for_role == "supervisor":
        kind += "_supervisor"
    at = min(event.occurred_at, clock.now())
    await tasks.open_task(session, kind, _key(event.oversight_id), _about(event), at=at)


async def given(session: AsyncSession, event: OversightGiven) -> None:
    """It was read. Where the guardian does not agree, the supervisors speak with whoever decided it, today."""
    at, about = min(event.occurred_at, clock.now()), _about(event)
    if not await _known(session, event.oversight_id):
        await tasks.open_task(session, _KINDS.get(event.what, _USUAL), _key(event.oversight_id), about, at=at)
    await tasks.close(session, Task.key == _key(event.oversight_id), why="read")
    if not event.agrees:
        await tasks.open_task(session, "guardian_disagrees", f"guardian_disagrees:{event.oversight_id}", about, at=at)


async def _known(session: AsyncSession, oversight_id: UUID) -> bool:
    return await session.scalar(select(Task.id).where(Task.key == _key(oversight_id)).limit(1)) is not None


def _about(event: OversightNeeded | OversightGiven) -> tasks.About:
    """The person, and no case: it does not end with one."""
    return tasks.About(event.team_id, person_id=event.person_id)


def _key(oversight_id: UUID) -> str:
    return f"oversight:{oversight_id}"
