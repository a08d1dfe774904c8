"""An administrator's first steps: what is still missing, and a test email to oneself."""

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.first_day import service as first_day
from services.console.setup import view
from services.console.staff import service as staff
from services.console.web.form import BadField
from services.console.web.pages import Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role

pages = Pages("/setup")

ADMIN = {Role.ADMIN}
TESTED = "test-email"


@pages.get(allow=ADMIN)
async def shown(at: Here) -> Response:
    """Show what is set up and what is missing."""
    return await _show(at)


@pages.post("/test-email", allow=ADMIN)
async def test_email(at: Here) -> Response:
    """Send a test email, and say whether it left."""
    try:
        if not (to := at.form.text("to")):
            raise BadField("to", "enter your own email address")
        found = await at.referrals.post("/setup/test-emails", {"to": to}, key=at.once())
    except (Refused, BadField) as refused:
        return await _show(at, refused)
    if not found["left"]:
        wrong = BadField("to", view.TROUBLES.get(found["why"], view.OTHER_TROUBLE))
        return await _show(at, wrong)
    async with at.transaction() as tx:
        await first_day.open_step(tx, at.me.account_id, TESTED)
    if found["went"] == "folder":
        return at.go("/setup", said="The test email was written to the folder for emails. No relay is set.")
    return at.go("/setup", said="The relay took the test email. Look whether it arrives.")


async def _show(at: Visit, refused: Refused | BadField | None = None) -> Response:
    found = await at.referrals.get("/setup")
    async with at.transaction() as tx:
        everybody, teams = await staff.every(tx), await staff.teams(tx)
        opened = await first_day.opened(tx, at.me.account_id)
    roles = {Role(one.role) for one in everybody if one.disabled_at is None}
    items = view.items(at.house.services.settings, found, roles, len(teams), TESTED in opened)
    missing = [item for item in items if not item.done]
    return at.page("setup/setup.html", refused=refused, items=items, missing=missing, found=found)
