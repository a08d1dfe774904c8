"""Pages of the two things that are counted and recorded of nobody.

The page knows no person, and neither opening it nor pressing is logged: a log would disclose the worker and the minute.
Only the figures of past years are shown.
"""

from itertools import groupby

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.staff import service as staff
from services.console.web.form import BadField
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.access.table import may

pages = Pages("/counts")

KINDS = {
    "without_papers": "Somebody who lives without papers",
    "building_without_permission": "Somebody who lives in a building without permission",
}
OPEN_TO = READERS | {Role.COMMISSIONER}


@pages.get(allow=OPEN_TO)
async def counts(at: Here) -> Response:
    """Show the buttons to those who count, and the numbers of past years to those who lead."""
    at.request.state.unlogged = True
    return await _page(at)


@pages.post(allow=READERS)
async def add_one(at: Here) -> Response:
    """Add one to the team's count."""
    at.request.state.unlogged = True
    kind = at.form.text("kind")
    if kind not in KINDS:
        return await _page(at, BadField("kind", "choose one"))
    try:
        await at.intake.post("/counts", {"kind": kind, "team_id": at.form.optional("team_id")}, key=at.once())
    except Refused as refused:
        return await _page(at, refused)
    return at.go("/counts", said="Count added. You cannot undo this.")


async def _page(at: Visit, refused: Refused | BadField | None = None) -> Response:
    reads = may(at.me.role, "count.read") is not None
    rows: list[Json] = (await at.intake.get("/counts"))["items"] if reads else []
    async with at.transaction() as tx:
        teams = {str(team.id): team.name for team in await staff.teams(tx) if team.id in at.me.teams}
    years = [(year, [*found]) for year, found in groupby(rows, key=lambda row: row["year"])]
    return at.page("counts/counts.html", refused=refused, kinds=KINDS, teams=teams, years=years, reads=reads)
