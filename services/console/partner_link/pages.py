"""Links between two people's files, for the guardian alone.

No other page asks whether a link exists, and no page offers, hides, refuses or words anything differently because of
one: what the guardian is offered depends on the role. The other file is never read when a link is made, so a file of
another team and a file that does not exist get the same answer.
"""

from uuid import UUID

from starlette.responses import Response

from services.console.backend.client import Json
from services.console.backend.errors import Refused
from services.console.web.form import BadField
from services.console.web.pages import Pages
from services.console.web.visit import Here, Visit
from shared.access.roles import Role
from shared.access.table import may

pages = Pages()

GUARDIANS = frozenset(role for role in Role if may(role, "partner_link.create") is not None)
AT_ONCE = 50
FOUND = 25
KNOWS = {
    "nobody": "Nobody",
    "ours": "The worker of this file",
    "theirs": "The worker of the other file",
    "both": "Both workers",
}


@pages.get("/partner-links", allow=GUARDIANS)
async def every(at: Here) -> Response:
    """List the links from files of the guardian's teams, newest first."""
    found = await at.intake.get("/partner-links", limit=AT_ONCE, cursor=at.query.get("cursor"))
    return at.page("partner_link/links.html", found=found, names=await _names(at, found["items"]), knows=KNOWS)


@pages.get("/people/{person_id}/partner-links", allow=GUARDIANS)
async def of_one(at: Here, person_id: UUID) -> Response:
    """Show the links from this file, and the form for another."""
    return await _page(at, person_id)


@pages.post("/people/{person_id}/partner-links/find", allow=GUARDIANS)
async def find(at: Here, person_id: UUID) -> Response:
    """Find the other file by a name in the guardian's own teams. A POST, so that no name stands in an address."""
    try:
        found = await at.intake.post("/people/search", {"alias": at.form.text("alias")}, limit=FOUND)
    except Refused as refused:
        return await _page(at, person_id, refused)
    return await _page(at, person_id, found=[row for row in found["items"] if row["id"] != str(person_id)])


@pages.post("/people/{person_id}/partner-links", allow=GUARDIANS)
async def link(at: Here, person_id: UUID) -> Response:
    """Store a link. The answer is the same whether the other file exists or not."""
    other = at.form.uuid("other_person_id")
    body = {
        "id": str(at.form.once),
        "person_id": str(person_id),
        "other_person_id": str(other),
        "knows": at.form.text("knows"),
        "note": at.form.optional("note"),
    }
    try:
        if other is None:
            raise BadField("other_person_id", "must be the number of a file, as it stands in its address")
        if other == person_id:
            raise BadField("other_person_id", "must be another file")
        await at.intake.post("/partner-links", body, key=at.once())
    except (Refused, BadField) as refused:
        return await _page(at, person_id, refused)
    return at.go(f"/people/{person_id}/partner-links", said="The link is kept.")


async def _names(at: Visit, links: list[Json]) -> object:
    return await at.names(one[side] for one in links for side in ("person_id", "other_person_id"))


async def _page(
    at: Visit, person_id: UUID, refused: Refused | BadField | None = None, found: list[Json] | None = None
) -> Response:
    person = await at.intake.get(f"/people/{person_id}")
    links = await at.intake.every("/partner-links", person_id=person_id, most=AT_ONCE)
    return at.page(
        "partner_link/person.html",
        refused=refused,
        person=person,
        links=links,
        found=found,
        names=await _names(at, links),
        knows=KNOWS,
        staff=await at.staff(),
    )
