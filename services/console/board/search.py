"""Finding somebody on the board, by any part of a name or by a reference: a POST, so that no name is in an address."""

import asyncio

from starlette.responses import Response

from services.console.backend.errors import Refused
from services.console.board.filters import FOUND_AT_MOST, Filters
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.references import as_meant

pages = Pages("/board")


@pages.post("/search", allow=READERS)
async def search(at: Here) -> Response:
    """Lead to the board of whoever is found: their ids stand in the address, never what was typed."""
    if not (typed := at.form.text("find")):
        return at.go("/board?all=yes")
    try:
        by_name, by_reference = await asyncio.gather(_called(at, typed), _behind(at, typed))
    except Refused as refused:
        if refused.status != 422:
            raise
        return _nobody(at, BadField("find", "type two letters or more"))
    found = list(dict.fromkeys([*by_reference, *by_name]))[:FOUND_AT_MOST]
    if not found:
        return _nobody(at, BadField("find", "nobody has that name or reference. Try fewer letters"))
    return at.go(Filters({"person": ",".join(found)}).link())


def _nobody(at: Visit, refused: BadField) -> Response:
    return at.page("board/search.html", refused=refused)


async def _called(at: Visit, typed: str) -> list[str]:
    found = await at.intake.post("/people/search", {"alias": typed}, limit=FOUND_AT_MOST)
    return [row["id"] for row in found["items"]]


async def _behind(at: Visit, typed: str) -> list[str]:
    if (reference := as_meant(typed)) is None:
        return []
    found = await at.referrals.get("/referrals", reference=reference, limit=1)
    return [row["person_id"] for row in found["items"]]
