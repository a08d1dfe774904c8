"""A note that was written by mistake: one page for all that people write beside what they record."""

from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Service
from services.console.backend.errors import Refused
from services.console.web.form import BadField
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit, own_path
from shared.http.problems import not_found

pages = Pages("/notes")


@pages.get("/{of}/{note_id}/strike", allow=CARE)
async def ask(at: Here, of: str, note_id: UUID) -> Response:
    """Ask why the note was a mistake. Nothing is struck yet."""
    _keeper(at, of)
    return _show(at, of, note_id, at.query.get("back", ""))


@pages.post("/{of}/{note_id}/strike", allow=CARE)
async def strike(at: Here, of: str, note_id: UUID) -> Response:
    """Strike a note: its words are hidden, the trace of it stays. Pressed twice, it is struck once."""
    back = at.form.text("back")
    try:
        if (why := at.form.optional("why")) is None:
            raise BadField("why", "say why it was a mistake")
        await _keeper(at, of).post(f"/notes/{note_id}/strike", {"why": why}, key=at.once())
    except (BadField, Refused) as refused:
        if isinstance(refused, Refused) and refused.status not in (409, 422):
            raise
        return _show(at, of, note_id, back, refused)
    return at.go(back, said="The note is struck. What it stood beside holds.")


def _keeper(at: Visit, of: str) -> Service:
    """Return the service that stores the note; 404 for an unknown one."""
    if of not in ("case", "referral"):
        raise not_found()
    return at.casework if of == "case" else at.referrals


def _show(at: Visit, of: str, note_id: UUID, back: str, refused: BadField | Refused | None = None) -> Response:
    return at.page("strike_note/strike_note.html", refused=refused, of=of, note_id=note_id, back=own_path(back))
