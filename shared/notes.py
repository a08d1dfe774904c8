"""Notes that were written by mistake: one shape, wherever somebody writes beside what they record.

What was recorded stands; only the words beside it are struck. They stay sealed in their own row and are shown to
nobody any more. That they were struck, when and by whom stays; why is read by who took part and by those who oversee.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped

from shared import clock
from shared.access.roles import Role
from shared.context import Actor
from shared.crypto.sealed import Sealed, sealed_column
from shared.http.bodies import Body, View
from shared.http.problems import conflict, not_found
from shared.text import Text

_OVERSIGHT = frozenset({Role.SUPERVISOR, Role.GUARDIAN})
# Who gives up the work with people, keeps no hand on what they wrote.
_WRITERS = frozenset({Role.WORKER, Role.CLINICIAN})


class StrikableNote:
    """Part of a table whose rows hold a `note` that somebody wrote."""

    id: Mapped[UUID]
    note_sealed: Mapped[bytes | None]
    note: Sealed
    note_struck_at: Mapped[datetime | None]
    note_struck_by: Mapped[str | None]
    note_struck_why_sealed: Mapped[bytes | None] = sealed_column()
    note_struck_why = Sealed("note_struck_why")

    @property
    def shown_note(self) -> str | None:
        """The note, unless it was struck: whoever shows a note reads it here."""
        return None if self.note_struck_at else self.note


class NoteStrike(Body):
    """Why the note was a mistake."""

    why: Text


class NoteStruckView(View):
    """That a note was struck. What had been written is not shown; `why` is empty for who may not read it."""

    at: datetime
    by: str
    why: str | None


@dataclass(frozen=True)
class Trace:
    """What a reader is shown of a note: the words, or that they were struck; and whether it is theirs to strike."""

    note: str | None
    note_struck: NoteStruckView | None
    may_strike_note: bool


def trace(row: StrikableNote, written_by: str | None, actor: Actor) -> Trace:
    """A note as this reader is shown it."""
    if row.note_struck_at is None or row.note_struck_by is None:
        return Trace(row.note, None, row.note_sealed is not None and _may_strike(written_by, actor))
    took_part = actor.user_id in (written_by, row.note_struck_by)
    why = row.note_struck_why if took_part or actor.role in _OVERSIGHT else None
    return Trace(None, NoteStruckView(at=row.note_struck_at, by=row.note_struck_by, why=why), False)


def strike(row: StrikableNote | None, written_by: str | None, actor: Actor, why: str) -> NoteStruckView:
    """Strike a note; its row is locked by the caller. Struck before: the same answer, no change.

    Raises 404 where there is no note, 409 when it is neither the actor's own nor the actor a supervisor.
    """
    if row is None or row.note_sealed is None:
        raise not_found()
    if not _may_strike(written_by, actor):
        raise conflict("Only whoever wrote it, or a supervisor, can strike it: ask one of them.", rule="not_yours")
    if row.note_struck_at is None:
        row.note_struck_at, row.note_struck_by, row.note_struck_why = clock.now(), actor.user_id, why
    struck = trace(row, written_by, actor).note_struck
    assert struck is not None
    return struck


def _may_strike(written_by: str | None, actor: Actor) -> bool:
    return actor.role is Role.SUPERVISOR or (actor.role in _WRITERS and actor.user_id == written_by)
