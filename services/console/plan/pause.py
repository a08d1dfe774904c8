"""The state of a pause: ended, ending on a day, or unknown. A worker is asked; nothing is guessed."""

from datetime import datetime, time
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.plan import words
from services.console.web.form import BadField
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit
from shared.clock import LONDON

pages = Pages("/plans")


@pages.get("/{plan_id}/pause", allow=CARE)
async def ask(at: Here, plan_id: UUID) -> Response:
    return await _form(at, plan_id)


@pages.post("/{plan_id}/pause", allow=CARE)
async def say(at: Here, plan_id: UUID) -> Response:
    """Record the state of a pause, which closes the task that asked for it."""
    note = at.form.optional("note")
    try:
        match at.form.text("how"):
            case "ended":
                body = {"ended_at": _ended(at), "note": note}
                await at.casework.post(f"/plans/{plan_id}/resume", body, key=at.once())
                return at.go(f"/plans/{plan_id}", said="The pause is over. What belongs to it is on Today.")
            case "until":
                if (last := at.form.through("until")) is None:
                    raise BadField("until", "enter the day, for example 27 3 2027")
                body = {"until": last.isoformat(), "note": note}
            case "unknown":
                body = {"until": None, "note": note}
            case _:
                raise BadField("how", "choose one")
        await at.casework.post(f"/plans/{plan_id}/pause", body, key=at.once())
    except (Refused, BadField) as refused:
        if isinstance(refused, Refused) and refused.status not in (409, 422):
            raise
        return await _form(at, plan_id, refused)
    return at.go(f"/plans/{plan_id}", said="It is written down. The pause goes on.")


def _ended(at: Visit) -> str:
    """Return the morning of the given day, or the current time when that is today."""
    day, now = at.form.day("ended"), at.now.astimezone(LONDON)
    if day is None or day == now.date():
        return now.isoformat()
    return datetime.combine(day, time(9), tzinfo=LONDON).isoformat()


async def _form(at: Visit, plan_id: UUID, refused: Refused | BadField | None = None) -> Response:
    plan = await at.casework.get(f"/plans/{plan_id}")
    if plan["hold"] is None:
        return at.go(f"/plans/{plan_id}")
    names = await at.names([plan["person_id"]])
    return at.page("plan/pause.html", refused=refused, plan=plan, name=names[plan["person_id"]], words=words)
