"""Today: what one worker has to do, in order of time and place."""

from starlette.responses import Response

from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here

pages = Pages("/today")


@pages.get(allow=CARE)
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="Today")
