"""The route by which a note in a referral's history is struck."""

from uuid import UUID

from services.referrals.referral.models import ReferralMove
from shared.db.visible import visible
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes
from shared.notes import NoteStrike, NoteStruckView, strike

routes = Routes("/notes")


@routes.post("/{note_id}/strike", allow="referral_note.strike", status_code=200)
async def strike_note(note_id: UUID, body: NoteStrike, tx: Tx, actor: Who, once: Once) -> NoteStruckView:
    """Strike the note of a line of the history. The line stays valid; a service no longer reads its note."""
    row = await visible(tx, ReferralMove, note_id, lock=True)

    async def do() -> NoteStruckView:
        return strike(row, row.recorded_by, actor, body.why)

    return await once(body, do, 200)
