"""Routes of disclosures. Those of messages are recorded by confirmed permits, those by mouth or phone here."""

from uuid import UUID

from services.intake.disclosure import by_mouth, service
from services.intake.disclosure.models import Disclosure
from services.intake.disclosure.schemas import DisclosureView, RecordDisclosure
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["disclosures"])


@routes.post("/{person_id}/disclosures", allow="disclosure.record")
async def record(person_id: UUID, body: RecordDisclosure, tx: Tx, once: Once) -> DisclosureView:
    """Record a disclosure by mouth or phone: what, to whom, and on which ground, which was valid at that time."""
    await visible(tx, Person, person_id)

    async def do() -> DisclosureView:
        return service.view(await by_mouth.record(tx, await visible(tx, Person, person_id, lock=True), body))

    return await once(body, do)


@routes.get("/{person_id}/disclosures", allow="disclosure.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[DisclosureView]:
    """List the disclosures about a person, with recipients and grounds, latest first."""
    stmt = service.listed(who, await visible(tx, Person, person_id))
    found = await page(tx, stmt, [(Disclosure.occurred_at, "desc"), (Disclosure.id, "desc")], paging)
    return PageView(items=[service.view(row) for row in found.items], next_cursor=found.next_cursor)
