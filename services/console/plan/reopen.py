"""Reopening a closed plan."""

from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.web.pages import SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/plans")


@pages.get("/{plan_id}/reopen", allow=SUPERVISORS)
async def ask(at: Here, plan_id: UUID) -> Response:
    return await _form(at, plan_id)


@pages.post("/{plan_id}/reopen", allow=SUPERVISORS)
async def reopen(at: Here, plan_id: UUID) -> Response:
    """Reopen the plan and its case, with the reason."""
    try:
        await at.casework.post(f"/plans/{plan_id}/reopen", {"note": at.form.text("note")}, key=at.once())
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return await _form(at, plan_id, refused)
    return at.go(f"/plans/{plan_id}", said="The plan is open again. Everything counts from today.")


async def _form(at: Visit, plan_id: UUID, refused: Refused | None = None) -> Response:
    plan = await at.casework.get(f"/plans/{plan_id}")
    if plan["stage"] != "closed" and refused is None:
        return at.go(f"/plans/{plan_id}")
    names = await at.names([plan["person_id"]])
    return at.page("plan/reopen.html", refused=refused, plan=plan, name=names[plan["person_id"]])
