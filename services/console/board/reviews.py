"""Reviews signed in supervision, many at once."""

from starlette.responses import Response

from services.console.board import gather
from services.console.web.form import BadField
from services.console.web.pages import READERS, SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/board")


@pages.get("/reviews", allow=READERS)
async def unsigned(at: Here) -> Response:
    """What workers have looked at and nobody has signed."""
    return await _listed(at)


@pages.post("/reviews", allow=SUPERVISORS)
async def sign(at: Here) -> Response:
    """Sign those that are ticked."""
    ids = at.form.all("review")
    if not ids:
        return await _listed(at, BadField("review", "tick at least one"))
    await at.casework.post("/reviews/sign", {"ids": ids}, key=at.once())
    return at.go("/board/reviews", said="Signed.")


async def _listed(at: Visit, refused: BadField | None = None) -> Response:
    reviews = await at.casework.every("/reviews", signed=False, most=gather.MOST)
    joined = await gather.joined(at, reviews)
    return at.page("board/reviews.html", refused=refused, reviews=reviews, joined=joined)
