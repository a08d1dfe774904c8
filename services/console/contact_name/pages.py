"""The name that services see in our emails and on their page; only its holder may choose it."""

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/account/contact-name")


@pages.get(allow=CARE)
async def shown(at: Here) -> Response:
    """Show the current name, and what services read with it and without."""
    return await _show(at)


@pages.post(allow=CARE)
async def choose(at: Here) -> Response:
    """Save the name, or none."""
    try:
        await at.referrals.post("/contact-name", {"name": at.form.optional("name")})
    except Refused as refused:
        return await _show(at, refused)
    return at.go("/account", said="Saved. Emails to services use it from now on.")


async def _show(at: Visit, refused: Refused | None = None) -> Response:
    name = (await at.referrals.get("/contact-name"))["name"]
    return at.page(
        "contact_name/contact_name.html", refused=refused, name=name, us=at.house.services.settings.whom_to_ring()
    )
