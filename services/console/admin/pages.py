"""Staff, roles and teams."""

from starlette.responses import Response

from services.console.web.pages import Pages
from services.console.web.visit import Here
from shared.access.roles import Role

pages = Pages("/admin")


@pages.get(allow={Role.ADMIN})
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="Staff and teams")
