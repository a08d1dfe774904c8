"""Dead letters: messages that could not be handled, to be listed and replayed once the cause is repaired."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared import clock
from shared.crypto.keyring import KeyMissing, SealBroken
from shared.db.platform_tables import dead_letters
from shared.db.session import Database
from shared.events.envelope import Envelope, read
from shared.failure import describe
from shared.ids import new_id
from shared.inbox.handling import HandlerGroup, apply

__all__ = ["DeadLetter", "NotOpened", "UnknownDeadLetter", "bury", "count", "list_open", "replay"]


class NotOpened(Exception):
    """The data of the dead letter does not open. The message says what to do."""


class UnknownDeadLetter(LookupError):
    """No dead letter has this id, or its group is not one of this process."""


@dataclass(frozen=True)
class DeadLetter:
    """A message that was given up: its group, its subject, the type and place of the error, and the attempts."""

    id: UUID
    group: str
    subject: str
    message_key: str
    error: str
    attempts: int
    recorded_at: datetime
    replayed_at: datetime | None


async def bury(
    database: Database,
    group: HandlerGroup,
    *,
    subject: str,
    body: bytes,
    event_id: UUID | None,
    error: BaseException,
    attempts: int,
) -> None:
    """Store a message that could not be handled. Burying the same message again only updates its reason.

    `event_id` is None for a message whose envelope does not open: its id proves nothing, and a letter under the id of
    an event of ours would keep the comparison from handling that event.
    """
    by_hash = f"sha256:{hashlib.sha256(body).hexdigest()}"
    key = str(event_id) if event_id else by_hash
    again = {"error": describe(error), "attempts": attempts, "recorded_at": clock.now(), "replayed_at": None}
    row = {"id": new_id(), "group_name": group.name, "message_key": key, "subject": subject, "body": body, **again}
    mine = dead_letters.c.group_name == group.name
    async with database.platform_connection() as connection:
        if event_id:
            # The owner has vouched for a message that was buried before as of nobody: one letter of it is enough.
            await connection.execute(delete(dead_letters).where(mine, dead_letters.c.message_key == by_hash))
        await connection.execute(
            insert(dead_letters)
            .values(row)
            .on_conflict_do_update(index_elements=["group_name", "message_key"], set_=again)
        )


async def list_open(database: Database, limit: int = 100) -> Sequence[DeadLetter]:
    """Return the oldest dead letters that wait for a replay."""
    columns = dead_letters.c
    query = (
        select(
            columns.id,
            columns.group_name,
            columns.subject,
            columns.message_key,
            columns.error,
            columns.attempts,
            columns.recorded_at,
            columns.replayed_at,
        )
        .where(columns.replayed_at.is_(None))
        .order_by(columns.recorded_at, columns.id)
        .limit(limit)
    )
    async with database.engine.connect() as connection:
        return [DeadLetter(*row) for row in await connection.execute(query)]


async def count(database: Database) -> int:
    """Count the dead letters that wait for a replay."""
    query = select(func.count()).select_from(dead_letters).where(dead_letters.c.replayed_at.is_(None))
    async with database.engine.connect() as connection:
        return (await connection.execute(query)).scalar_one()


async def replay(
    database: Database, groups: Iterable[HandlerGroup], dead_letter: UUID
) -> Literal["handled", "already handled"]:
    """Run a dead letter through its group's handler again, once.

    Raise UnknownDeadLetter, NotOpened, or the error of the handler; the letter then stays, with the new reason.
    """
    async with database.engine.connect() as connection:
        row = (await connection.execute(select(dead_letters).where(dead_letters.c.id == dead_letter))).one_or_none()
    group = next((group for group in groups if row is not None and group.name == row.group_name), None)
    if row is None or group is None:
        raise UnknownDeadLetter(f"no dead letter {dead_letter} of a group of this service")
    this = update(dead_letters).where(dead_letters.c.id == dead_letter)
    try:
        handled = await apply(database, group, _opened(row.body))
    except Exception as error:
        reason = describe(error.__cause__ if isinstance(error, NotOpened) and error.__cause__ else error)
        async with database.platform_connection() as connection:
            await connection.execute(this.values(error=reason, attempts=row.attempts + 1))
        raise
    async with database.platform_connection() as connection:
        await connection.execute(this.values(replayed_at=clock.now()))
    return "handled" if handled else "already handled"


def _opened(body: bytes) -> Envelope:
    try:
        return read(body)
    except KeyMissing as error:
        raise NotOpened("it was sealed with a key that is not in the key file: put that key back first") from error
    except SealBroken as error:
        raise NotOpened("this installation did not write it, or it was altered: find out how it got here") from error
