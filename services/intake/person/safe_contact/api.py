"""Routes of safe contact, which has a version of its own: 0 while nothing is recorded."""

from uuid import UUID

from services.intake.person.models import Person
from services.intake.person.safe_contact import service
from services.intake.person.safe_contact.schemas import SafeContactView, SetSafeContact
from shared.db.visible import visible
from shared.http.deps import Tx
from shared.http.etags import IfMatch, Tag
from shared.http.routes import Routes

routes = Routes("/people", tags=["safe contact"])


@routes.get("/{person_id}/safe-contact", allow="safe_contact.read")
async def read(person_id: UUID, tx: Tx, tag: Tag) -> SafeContactView:
    """Return how a person may be reached: only in person, through us, while nothing is recorded."""
    return tag(await service.get(tx, await visible(tx, Person, person_id)))


@routes.put("/{person_id}/safe-contact", allow="safe_contact.change")
async def put(person_id: UUID, body: SetSafeContact, tx: Tx, if_match: IfMatch, tag: Tag) -> SafeContactView:
    """Replace how a person may be reached. If-Match is the ETag of this resource, not of the person."""
    person = await visible(tx, Person, person_id, lock=True)
    return tag(await service.put(tx, person, body, if_match))
