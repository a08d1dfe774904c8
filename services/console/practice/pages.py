"""The button of a practice stack: jump to the next event."""

from starlette.responses import Response

from services.console.practice import service
from services.console.session.rules import own_path
from services.console.web.pages import ANYBODY, Pages
from services.console.web.visit import Here
from shared.http.problems import not_found

pages = Pages("/practice")


@pages.post("/jump", allow=ANYBODY)
async def jump(at: Here) -> Response:
    """Move the clock to just after the next time that any plan or referral waits for, then go back to the page."""
    where = service.folder(at.house.services.settings)
    if where is None:
        raise not_found()
    if await service.jump(where):
        return at.go(own_path(at.form.text("next")), said="Time has moved on to the next thing that happens.")
    return at.page("practice/no_jump.html", status=503, to=own_path(at.form.text("next")))
