"""Tasks of the guardian: to read what was decided or disclosed without the person's consent, and to comment on it.

`needed` and `given` may come in either order: the task of a record is made once, whichever comes first.
"""

from typing import Final

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
# A later version of intake may have more kinds: they are read all the same.
_USUAL: Final = "read_override"


async def needed(session: AsyncSession, event: OversightNeeded) -> None:
    """Open the task to read a record: the guardian's, or a supervisor's where a guardian decided it."""
    kind = _KINDS.get(event.what, _USUAL)
    await _once(session, kind + ("_supervisor" if event.for_role == "supervisor" else ""), _key(event), event)


async def given(session: AsyncSession, event: OversightGiven) -> None:
    """Close the task of a record that was read.

    Where the guardian does not agree, the supervisors speak with whoever decided it, today.
    """
    await _once(session, _KINDS.get(event.what, _USUAL), _key(event), event)
    await tasks.close(session, Task.key == _key(event), why="read")
    if not event.agrees:
        await _once(session, "guardian_disagrees", f"guardian_disagrees:{event.oversight_id}", event)


async def _once(session: AsyncSession, kind: str, key: str, event: OversightNeeded | OversightGiven) -> None:
    """Open a task once. It is about the person and no case, so it does not end with one."""
    if await session.scalar(select(Task.id).where(Task.key == key).limit(1)) is None:
        about = tasks.About(event.team_id, person_id=event.person_id)
        await tasks.open_task(session, kind, key, about, at=min(event.occurred_at, clock.now()))


def _key(event: OversightNeeded | OversightGiven) -> str:
    return f"oversight:{event.oversight_id}"
