"""Ladders and clocks: what we do if nobody answers."""

from starlette.responses import Response

from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here

pages = Pages("/ladders")


@pages.get(allow=READERS)
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="What we do if nobody answers")
