"""The route by which a note is struck."""

from uuid import UUID

from services.casework.note import service
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes
from shared.notes import NoteStrike, NoteStruckView, strike

routes = Routes("/notes")


@routes.post("/{note_id}/strike", allow="note.strike", status_code=200)
async def strike_note(note_id: UUID, body: NoteStrike, tx: Tx, actor: Who, once: Once) -> NoteStruckView:
    """Strike a note that was a mistake. The decision, review, closing or reopening of the note stays valid."""
    row = await service.locked(tx, note_id)

    async def do() -> NoteStruckView:
        return strike(row, row.by, actor, body.why)

    return await once(body, do, 200)
