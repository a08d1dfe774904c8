"""What an agency sees: no account, no name, no pronoun."""

from starlette.responses import Response

from services.console.web.pages import PUBLIC, Pages
from services.console.web.visit import Here

pages = Pages("/r")


@pages.get(allow=PUBLIC)
async def stub(at: Here) -> Response:
    """Still to be made."""
    return at.page("stub.html", heading="Answer a referral")
