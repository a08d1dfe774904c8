"""Strikes of notes that were written by mistake, in the same form for every record with a note.

The record itself stays; only its note is struck. The text stays sealed in its own row and is shown to nobody. Everybody
sees that a note was struck, when and by whom; its author, the one who struck it and those who oversee also see why.
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
# An author whose role no longer works with people may not strike earlier notes.
_WRITERS = frozenset({Role.WORKER, Role.CLINICIAN})


class StrikableNote:
    """A mixin for tables whose rows have a `note`."""

    id: Mapped[UUID]
    note_sealed: Mapped[bytes | None]
    note: Sealed
    note_struck_at: Mapped[datetime | None]
    note_struck_by: Mapped[str | None]
    note_struck_why_sealed: Mapped[bytes | None] = sealed_column()
    note_struck_why = Sealed("note_struck_why")

    @property
    def shown_note(self) -> str | None:
        """The note, unless it was struck: every display of a note reads this property."""
        return None if self.note_struck_at else self.note


class NoteStrike(Body):
    """A strike of a note, with the reason."""

    why: Text


class NoteStruckView(View):
    """A strike of a note, without the text; `why` is empty for readers who may not see it."""

    at: datetime
    by: str
    why: str | None


@dataclass(frozen=True)
class Trace:
    """A note as one reader sees it: the text or its strike, and whether the reader may strike it."""

    note: str | None
    note_struck: NoteStruckView | None
    may_strike_note: bool


def trace(row: StrikableNote, written_by: str | None, actor: Actor) -> Trace:
    """Return a note as this reader sees it."""
    if row.note_struck_at is None or row.note_struck_by is None:
        return Trace(row.note, None, row.note_sealed is not None and _may_strike(written_by, actor))
    took_part = actor.user_id in (written_by, row.note_struck_by)
    why = row.note_struck_why if took_part or actor.role in _OVERSIGHT else None
    return Trace(None, NoteStruckView(at=row.note_struck_at, by=row.note_struck_by, why=why), False)


def strike(row: StrikableNote | None, written_by: str | None, actor: Actor, why: str) -> NoteStruckView:
    """Strike a note; its row is locked by the caller. A repeat returns the same strike and changes nothing.

    Raise a 404 problem when there is no note, 409 when the actor is neither its author nor a supervisor.
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
