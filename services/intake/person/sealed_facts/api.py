"""Routes of the sealed facts, which have a version of their own: the person's file does not show their changes."""

from uuid import UUID

from services.intake.person.models import Person
from services.intake.person.sealed_facts import service
from services.intake.person.sealed_facts.schemas import SealedView, SetSealed
from shared.db.visible import visible
from shared.http.deps import Tx
from shared.http.etags import IfMatch, Tag
from shared.http.routes import Routes

routes = Routes("/people", tags=["sealed"])


@routes.get("/{person_id}/sealed", allow="sealed.read")
async def read(person_id: UUID, tx: Tx, tag: Tag) -> SealedView:
    """Return the reasons for reaching out, and the source."""
    return tag(await service.get(tx, await visible(tx, Person, person_id)))


@routes.put("/{person_id}/sealed", allow="sealed.change")
async def put(person_id: UUID, body: SetSealed, tx: Tx, if_match: IfMatch, tag: Tag) -> SealedView:
    """Replace the sealed facts. If-Match is the ETag of this resource."""
    person = await visible(tx, Person, person_id, lock=True)
    return tag(await service.put(tx, person, body, if_match))
