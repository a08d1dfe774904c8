"""What a phone needs to store a note while it is offline, and to send it when it is online again."""

from starlette.responses import JSONResponse, Response

from services.console.web import forgery
from services.console.web.pages import ANYBODY, PUBLIC, Pages
from services.console.web.visit import Here

pages = Pages()


@pages.get("/sw.js", allow=PUBLIC)
async def worker(at: Here) -> Response:
    """Send the service worker, from the root so that its scope is every page."""
    return Response(at.house.assets.content("sw.js"), media_type="text/javascript")


@pages.get("/no-line", allow=PUBLIC)
async def no_line(at: Here) -> Response:
    """Show the one page that a phone caches: it is about nobody."""
    return at.page("outbox/no_line.html")


@pages.get("/outbox", allow=ANYBODY)
async def who(at: Here) -> Response:
    """Return the account whose notes may be sent now, a token to send them with, and what is the same for one session.

    A note outlives the session it was written in.
    """
    session = forgery.mark_of(at.bound_to)
    return JSONResponse({"account": str(at.me.account_id), "csrf": at.csrf(), "session": session})
