"""Starting a case plan, in steps, with a preview of what will run."""

from starlette.responses import Response

from services.console.web.pages import CARE, Pages
from services.console.web.visit import Here

pages = Pages("/plan-start")


@pages.get(allow=CARE)
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="Start a case plan")
