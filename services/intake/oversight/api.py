"""Routes of oversight: decisions and disclosures that the guardian reviews."""

from uuid import UUID

from services.intake.oversight import service
from services.intake.oversight.models import Oversight
from services.intake.oversight.schemas import GiveWord, OversightView
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes(tags=["oversight"])


@routes.get("/oversight", allow="oversight.give")
async def waiting(tx: Tx, who: Who, paging: Paging) -> PageView[OversightView]:
    """List what waits for the reader's review, the longest waiting first."""
    found = await page(tx, service.waiting(who), [(Oversight.recorded_at, "asc"), (Oversight.id, "asc")], paging)
    return PageView(items=[OversightView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)


@routes.get("/oversight/{oversight_id}", allow="oversight.read")
async def read(oversight_id: UUID, tx: Tx) -> OversightView:
    """Return one review."""
    return OversightView.model_validate(await visible(tx, Oversight, oversight_id))


@routes.post("/oversight/{oversight_id}/word", allow="oversight.give", status_code=200)
async def give_word(oversight_id: UUID, body: GiveWord, tx: Tx, once: Once) -> OversightView:
    """Record that the guardian has read it, and agrees or does not."""
    await visible(tx, Oversight, oversight_id)

    async def do() -> OversightView:
        row = await service.locked(tx, oversight_id)
        return OversightView.model_validate(await service.give_word(tx, row, body))

    return await once(body, do, 200)


@routes.get("/people/{person_id}/oversight", allow="oversight.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[OversightView]:
    """List the reviews about one person, latest first."""
    stmt = service.listed(who, await visible(tx, Person, person_id))
    found = await page(tx, stmt, [(Oversight.recorded_at, "desc"), (Oversight.id, "desc")], paging)
    return PageView(items=[OversightView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)
