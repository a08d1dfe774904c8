"""What a phone needs to keep a note when the line drops, and to send it when it is back."""

from starlette.responses import JSONResponse, Response

from services.console.web.pages import ANYBODY, PUBLIC, Pages
from services.console.web.visit import Here

pages = Pages()


@pages.get("/sw.js", allow=PUBLIC)
async def worker(at: Here) -> Response:
    """The service worker: at the root, so that it sees every page."""
    return Response(at.house.assets.content("sw.js"), media_type="text/javascript")


@pages.get("/no-line", allow=PUBLIC)
async def no_line(at: Here) -> Response:
    """The one page a phone keeps: it knows nobody."""
    return at.page("outbox/no_line.html")


@pages.get("/outbox", allow=ANYBODY)
async def who(at: Here) -> Response:
    """Whose notes may go now, and the token they go with: a note outlives the session it was written in."""
    return JSONResponse({"account": str(at.me.account_id), "csrf": at.csrf()})
