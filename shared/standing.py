"""Where a plan or referral stands: what its row stores for the board, and the event that states it."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped

from shared.crypto.keyring import keyring
from shared.db.base import Versioned
from shared.events.board import StandingChanged
from shared.outbox.emit import emit

E = TypeVar("E", bound=StandingChanged)


class OnBoard(Versioned):
    """A mixin for the rows that the board shows: plans and referrals."""

    id: Mapped[UUID]
    last_human_what: Mapped[str]
    last_human_by: Mapped[str]
    last_human_at: Mapped[datetime]
    needs_help: Mapped[str | None]  # why the next step could not be carried out, until it could
    standing_digest: Mapped[bytes | None]  # of what the newest event of the standing says

    def set_last_action(self, what: str, by: str, at: datetime) -> None:
        """Record the last thing that a person did, for the board."""
        self.last_human_what, self.last_human_by, self.last_human_at = what, by, at


async def emit_if_changed(session: AsyncSession, row: OnBoard, event: E, version_before: int) -> E | None:
    """Emit the event unless the row's newest one says the same; return it as it was emitted, or None.

    `version_before` is the row's version before this transaction: with the time alone the board may say something else
    while the row has not changed, and every event has a version of its own.
    """
    said = event.model_dump_json(exclude={"version", "occurred_at"}).encode()
    digest = keyring().hmac("standing", said)
    if digest == row.standing_digest:
        return None
    row.standing_digest = digest
    if row.version <= version_before:
        event = event.model_copy(update={"version": row.touch()})
    await emit(session, event, aggregate=row.id)
    return event
