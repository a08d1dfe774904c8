"""What the directory keeps out of sight, and why; for supervisors, who may show it or hide more."""

import asyncio
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.directory import words
from services.console.web.form import BadField
from services.console.web.pages import SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/hidden-services")


@pages.get(allow=SUPERVISORS)
async def listed(at: Here) -> Response:
    """List what is hidden and by which rule, and what a person decided."""
    return await _listed(at)


@pages.get("/{service_id}", allow=SUPERVISORS)
async def form(at: Here, service_id: UUID) -> Response:
    """Show the form to show a hidden service, or to hide a shown one."""
    return await _form(at, service_id)


@pages.post("/{service_id}", allow=SUPERVISORS)
async def decide(at: Here, service_id: UUID) -> Response:
    """Show or hide a service, with the reason. An import changes neither decision."""
    hide = at.form.text("hide") == "yes"
    try:
        why = at.form.text("why")
        if why not in words.WHY:
            raise BadField("why", "choose the reason")
        await at.referrals.post(f"/hidden-services/{service_id}", {"hide": hide, "why": why}, key=at.once())
    except (Refused, BadField) as refused:
        if isinstance(refused, Refused) and refused.status not in (409, 422):
            raise
        return await _form(at, service_id, refused)
    if hide:
        return at.go("/hidden-services", said="It is hidden. Nobody finds it from now on.")
    return at.go("/hidden-services", said="It is shown. It can be found and referred to from now on.")


async def _listed(at: Visit) -> Response:
    found, staff = await asyncio.gather(at.referrals.get("/hidden-services"), at.staff())
    rows = found["items"]
    return at.page(
        "directory/hidden.html",
        hidden=[row for row in rows if row["hidden"]],
        shown=[row for row in rows if not row["hidden"]],
        staff=staff,
        words=words,
    )


async def _form(at: Visit, service_id: UUID, refused: Refused | BadField | None = None) -> Response:
    found = await at.referrals.get("/hidden-services")
    row = next((row for row in found["items"] if row["id"] == str(service_id)), None)
    if row is None:
        # A shown service that nobody ever decided about: the directory has its name.
        row = {**await at.referrals.get(f"/services/{service_id}"), "hidden": False, "rule": None}
    return at.page(
        "directory/show_or_hide.html",
        refused=refused,
        row=row,
        choices=words.WHY_SHOW if row["hidden"] else words.WHY_HIDE,
    )
