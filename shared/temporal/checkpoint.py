"""A checkpoint of the facts dispatched to the workflow engine, stored in the engine itself.

By it a restored database or engine is noticed. The checkpoint is the note of a schedule that never runs, one for each
service: every engine has schedules, and no worker is needed to read one. It names the newest outbox row at the time it
was written. A database without that row was restored from before the checkpoint, or is another database; an engine
with an older checkpoint than we wrote has lost the facts dispatched since.
"""

from dataclasses import dataclass

from sqlalchemy import func, select, text, update
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from shared.db.platform_tables import outbox
from shared.db.session import Database
from shared.temporal.drive import QUEUE

__all__ = ["Checkpoint", "is_ours", "now", "read", "dispatch_again", "write"]

_CLUSTER = text(
    "SELECT (SELECT system_identifier FROM pg_control_system())"
    " || '.' || (SELECT timeline_id FROM pg_control_checkpoint())"
)


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of one service.

    `cluster` is the database server and its timeline, `newest` the last outbox row and `event` its event id; every fact
    up to the row `upto` has been dispatched to its workflow.
    """

    cluster: str
    newest: int
    event: str
    upto: int

    def __str__(self) -> str:
        return f"{self.cluster} {self.newest} {self.event} {self.upto}"

    @classmethod
    def read(cls, note: str) -> "Checkpoint | None":
        parts = note.split(" ")
        if len(parts) != 4 or not (parts[1].isdecimal() and parts[3].isdecimal()):
            return None
        return cls(parts[0], int(parts[1]), parts[2], int(parts[3]))


async def now(database: Database) -> Checkpoint:
    """Return the checkpoint of the database as it is now."""
    columns = outbox.c
    waiting = select(func.min(columns.id)).where(columns.dispatched_at.is_(None), columns.workflow.is_not(None))
    async with database.platform_connection() as connection:
        cluster = str(await connection.scalar(_CLUSTER))
        first_waiting = await connection.scalar(waiting)
        newest = (
            await connection.execute(select(columns.id, columns.event_id).order_by(columns.id.desc()).limit(1))
        ).one_or_none()
    last, event = (newest.id, str(newest.event_id)) if newest else (0, "-")
    return Checkpoint(cluster, last, event, last if first_waiting is None else first_waiting - 1)


async def is_ours(database: Database, checkpoint: Checkpoint) -> bool:
    """Return whether this database contains everything that the checkpoint covers."""
    async with database.platform_connection() as connection:
        if str(await connection.scalar(_CLUSTER)) != checkpoint.cluster:
            return False
        found = await connection.scalar(select(outbox.c.event_id).where(outbox.c.id == checkpoint.newest))
    return checkpoint.newest == 0 or str(found) == checkpoint.event


async def dispatch_again(database: Database, upto: int) -> int:
    """Have the relay dispatch every fact after `upto` again, which is idempotent; return how many."""
    columns = outbox.c
    again = (
        update(outbox)
        .where(columns.id > upto, columns.dispatched_at.is_not(None), columns.workflow.is_not(None))
        .values(dispatched_at=None)
    )
    async with database.platform_connection() as connection:
        return (await connection.execute(again)).rowcount


async def read(client: Client, service: str) -> Checkpoint | None:
    """Return the checkpoint in the engine; None when it has none. Raise RPCError when the engine is away."""
    try:
        described = await client.get_schedule_handle(_id(service)).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return Checkpoint.read(described.schedule.state.note or "")


async def write(client: Client, service: str, checkpoint: Checkpoint) -> None:
    """Store the checkpoint in the engine."""
    schedule = Schedule(
        # Never started: the schedule is paused and has no times.
        action=ScheduleActionStartWorkflow("Nothing", id=_id(service), task_queue=QUEUE),
        spec=ScheduleSpec(),
        state=ScheduleState(note=str(checkpoint), paused=True),
    )

    def ours(_: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(schedule)

    try:
        await client.get_schedule_handle(_id(service)).update(ours)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        await client.create_schedule(_id(service), schedule)


def _id(service: str) -> str:
    return f"alongside-told-{service}"
