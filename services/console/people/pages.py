"""People: finding, registering, one person's file."""

from starlette.responses import Response

from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here

pages = Pages("/people")


@pages.get(allow=READERS)
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="People")
