"""People: finding somebody, registering them with almost nothing, their file."""

from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.people import calls, words
from services.console.people.asking import form
from services.console.staff import service as staff
from services.console.web.pages import READERS, Pages
from services.console.web.visit import Here, Visit
from services.console.web.words import ENGAGEMENT

pages = Pages("/people")

AT_ONCE = 25
FILTERS = [("", "Everybody"), *((key, ENGAGEMENT[key]) for key in (*words.ENGAGE, "said_no"))]


@pages.get(allow=READERS)
async def people(at: Here) -> Response:
    """List the newest files, or those in one state of engagement."""
    engagement = at.query.get("engagement")
    engagement = engagement if engagement in words.ENGAGE or engagement == "said_no" else None
    found = await at.intake.get("/people", limit=AT_ONCE, engagement=engagement, cursor=at.query.get("cursor"))
    return _list(at, found, engagement=engagement)


@pages.post("/find", allow=READERS)
async def find(at: Here) -> Response:
    """Find people by any part of any name. A POST, so that no name stands in an address."""
    alias = at.form.optional("alias")
    if alias is None:
        return at.go("/people")
    try:
        found = await at.intake.post("/people/search", {"alias": alias}, limit=AT_ONCE)
    except Refused as refused:
        return _list(at, {"items": []}, refused=refused, searched=True)
    return _list(at, found, searched=True)


@pages.get("/new", allow=READERS)
async def register_form(at: Here) -> Response:
    return at.page("people/register.html", teams=await _teams(at), similar=[])


@pages.post("", allow=READERS)
async def register(at: Here) -> Response:
    """Register a person; any name they use is enough."""
    body = {
        "id": str(at.form.once),
        "alias": at.form.text("alias"),
        "aliases": at.form.lines("aliases"),
        "team_id": at.form.optional("team_id"),
        "unless_known": not at.form.ticked("another"),
    }
    if speaks := at.form.lines("language.speaks"):
        body["language"] = {"speaks": speaks, "interpreter_needed": at.form.ticked("language.interpreter_needed")}
    try:
        made = await at.intake.post("/people", body, key=at.once())
    except Refused as refused:
        similar = await at.names(ids := refused.body.get("similar", []))
        return at.page(
            "people/register.html",
            refused=refused,
            teams=await _teams(at),
            similar=[(one, similar[one]) for one in ids],
        )
    then = "/contacts/new" if at.form.text("then") == "contact" else ""
    return at.go(f"/people/{made['id']}{then}", said="Person added. Next, log a contact or ask for their consent.")


@pages.get("/{person_id}", allow=READERS)
async def person(at: Here, person_id: UUID) -> Response:
    """Show everything the reader may see of one person, on one page."""
    return at.page("people/person.html", words=words, **await calls.file(at, person_id))


@form(pages, "/names", "names", said="Saved. They are found by each of these names.")
async def change_names(at: Visit, person_path: str) -> None:
    """Change the person's names and language."""
    language = {
        "speaks": at.form.lines("language.speaks"),
        "reads": at.form.lines("language.reads"),
        "interpreter_needed": at.form.ticked("language.interpreter_needed"),
        "may_interpret": at.form.all("language.may_interpret"),
    }
    body = {
        "alias": at.form.text("alias"),
        "aliases": at.form.lines("aliases"),
        "language": language if any(language.values()) else None,
    }
    await at.intake.patch(person_path, body, version=at.form.version)


def _list(
    at: Visit, found: Json, *, engagement: str | None = None, searched: bool = False, refused: Refused | None = None
) -> Response:
    return at.page(
        "people/people.html", refused=refused, found=found, engagement=engagement, searched=searched, filters=FILTERS
    )


async def _teams(at: Visit) -> list[tuple[str, str]]:
    """Return the teams a new file may belong to; none when there is no choice."""
    if len(at.me.teams) < 2:
        return []
    async with at.transaction() as tx:
        return [(str(team.id), team.name) for team in await staff.teams(tx) if team.id in at.me.teams]
