"""Routes of contacts."""

from dataclasses import asdict
from uuid import UUID

from services.intake.contact import service
from services.intake.contact.models import Contact
from services.intake.contact.schemas import ContactView, LastContactsView, LogContact, UsualPlaceView, WhoseContacts
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["contacts"])


@routes.post("/{person_id}/contacts", allow="contact.log")
async def log(person_id: UUID, body: LogContact, tx: Tx, once: Once) -> ContactView:
    """Record an encounter or attempt, which is never changed afterwards."""
    await visible(tx, Person, person_id)

    async def do() -> ContactView:
        person = await visible(tx, Person, person_id, lock=True)
        return ContactView.model_validate(await service.log(tx, person, body))

    return await once(body, do)


@routes.get("/{person_id}/contacts", allow="contact.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[ContactView]:
    """List a person's contacts, latest first by their own time."""
    stmt = service.listed(who, await visible(tx, Person, person_id))
    found = await page(tx, stmt, [(Contact.occurred_at, "desc"), (Contact.id, "desc")], paging)
    return PageView(items=[ContactView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)


@routes.post("/last-contacts", allow="contact.read", status_code=200, keyless=True)
async def last_contacts(body: WhoseContacts, tx: Tx, who: Who) -> LastContactsView:
    """List when, where and by whom each of many people was last met, spoken to or sighted, for a page of people."""
    found = await service.last_ones(tx, who, body.ids)
    usual = await service.usual_places(tx, who, body.ids)
    return LastContactsView(
        items=[ContactView.model_validate(row) for row in found],
        usual=[UsualPlaceView(person_id=person, **asdict(place)) for person, place in usual.items()],
    )
