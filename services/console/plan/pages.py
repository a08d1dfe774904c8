"""One plan: goals, what it waits for, its past and future."""

from starlette.responses import Response

from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here

pages = Pages("/plans")


@pages.get(allow=READERS)
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="Plan")
