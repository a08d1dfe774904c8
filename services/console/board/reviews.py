"""Reviews signed in supervision, many together: ticked, shown once more, and undone if that was wrong."""

from starlette.responses import Response

from services.console.board import gather
from services.console.web.form import BadField
from services.console.web.pages import READERS, SUPERVISORS, Pages
from services.console.web.visit import Here, Visit

pages = Pages("/board")


@pages.get("/reviews", allow=READERS)
async def unsigned(at: Here) -> Response:
    """List the reviews that workers have recorded and nobody has signed."""
    return await _listed(at)


@pages.post("/reviews", allow=SUPERVISORS)
async def sign(at: Here) -> Response:
    """Tick all reviews, list the ticked ones for confirmation, or sign the confirmed ones."""
    if at.form.text("select") == "all":
        return await _listed(at, all_ticked=True)
    ids = at.form.all("review")
    if not ids:
        return await _listed(at, BadField("review", "tick at least one"))
    chosen = [one for one in await at.casework.every("/reviews", most=gather.MOST, signed=False) if one["id"] in ids]
    joined = await gather.joined(at, chosen)
    if not at.form.ticked("confirm") and chosen:
        return at.page("board/reviews_check.html", reviews=chosen, joined=joined)
    await at.casework.post("/reviews/sign", {"ids": ids}, key=at.once())
    return at.page("board/reviews_signed.html", ids=ids, reviews=chosen, joined=joined)


@pages.post("/reviews/undo", allow=SUPERVISORS)
async def undo(at: Here) -> Response:
    """Undo the signatures that were just made."""
    await at.casework.post("/reviews/sign", {"ids": at.form.all("review"), "signed": False}, key=at.once("undo"))
    return at.go("/board/reviews", said="Your signatures are taken back.")


async def _listed(at: Visit, refused: BadField | None = None, *, all_ticked: bool = False) -> Response:
    reviews = await at.casework.every("/reviews", signed=False, most=gather.MOST)
    joined = await gather.joined(at, reviews)
    ticked = [one["id"] for one in reviews] if all_ticked else []
    return at.page(
        "board/reviews.html", refused=refused, fresh=all_ticked, reviews=reviews, joined=joined, ticked=ticked
    )
