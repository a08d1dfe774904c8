"""Addresses and numbers of services: the changes to confirm, one service's history, and a change to propose."""

import asyncio
from uuid import UUID

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.backend.names import Names
from services.console.directory import words
from services.console.directory.calls import together
from services.console.directory.hidden import pages as hidden
from services.console.web.form import BadField
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/contact-changes")
POINTS = ("email", "phone")


@pages.get(allow=CARE)
async def waiting(at: Here) -> Response:
    """List the changes of an address or a number that wait for a second person."""
    return await _waiting(at)


@pages.post("/{change_id}", allow=CARE)
async def decide(at: Here, change_id: UUID) -> Response:
    """Confirm or refuse a change. Links sent to the old address end, and a fresh one is sent."""
    confirm = at.form.text("confirm") == "yes"
    try:
        await at.referrals.post(f"/contact-changes/{change_id}/decision", {"confirm": confirm}, key=at.once())
    except Refused as refused:
        if refused.status != 409:
            raise
        return await _waiting(at, refused)
    if confirm:
        return at.go("/contact-changes", said="Confirmed. From now on it is used.")
    return at.go("/contact-changes", said="Refused. Nothing changed.")


async def _waiting(at: Visit, refused: Refused | None = None) -> Response:
    found, staff = await asyncio.gather(at.referrals.get("/contact-changes"), at.staff())
    return at.page(
        "directory/changes.html",
        refused=refused,
        yours=together(each for each in found["items"] if each["may_confirm"]),
        others=together(each for each in found["items"] if not each["may_confirm"]),
        by=lambda who: by(at, staff, who),
        words=words,
    )


@pages.get("/services/{service_id}", allow=CARE)
async def service(at: Here, service_id: UUID) -> Response:
    """Show one service: its current address and number, their history, and a change to propose."""
    return await _service(at, service_id)


@pages.post("/services/{service_id}", allow=CARE)
async def propose(at: Here, service_id: UUID) -> Response:
    """Propose another address or number. It is used once somebody else has confirmed it."""
    try:
        given = {name: value for name in POINTS if (value := at.form.optional(name)) is not None}
        found = await at.referrals.get(f"/services/{service_id}")
        differs = {name: value for name, value in given.items() if value != found[name]}
        if not differs:
            raise BadField("email", "type the new address, or the new number below")
        await at.referrals.post(f"/services/{service_id}/contact-changes", differs, key=at.once())
    except (Refused, BadField) as refused:
        if isinstance(refused, Refused) and refused.status not in (409, 422):
            raise
        return await _service(at, service_id, refused)
    said = "Saved as a proposal. It is used once somebody else has confirmed it: ask a supervisor to do that."
    return at.go(f"/contact-changes/services/{service_id}", said=said)


async def _service(at: Visit, service_id: UUID, refused: Refused | BadField | None = None) -> Response:
    found, changes, staff = await asyncio.gather(
        at.referrals.get(f"/services/{service_id}"),
        at.referrals.get(f"/services/{service_id}/contact-changes"),
        at.staff(),
    )
    return at.page(
        "directory/service.html",
        refused=refused,
        service=found,
        history=changes["items"],
        by=lambda who: by(at, staff, who),
        words=words,
    )


def by(at: Visit, staff: Names, who: str | None) -> str:
    """Return who proposed or decided: an imported directory, you, or a colleague."""
    if who is None:
        return ""
    if who.startswith("import:"):
        return f"the directory {who.removeprefix('import:')}"
    return "you" if who == str(at.me.account_id) else staff[who]


pages.routes.extend(hidden.routes)
