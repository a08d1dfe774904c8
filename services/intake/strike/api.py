"""Routes of strikes, of records that were made by mistake."""

from uuid import UUID

from services.intake.person.models import Person
from services.intake.strike import service
from services.intake.strike.models import Strike
from services.intake.strike.schemas import StrikeRecord, StrikeView
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/people", tags=["strikes"])


@routes.post("/{person_id}/strikes", allow="record.strike")
async def strike(person_id: UUID, body: StrikeRecord, tx: Tx, once: Once) -> StrikeView:
    """Strike a contact, concern, no or death recorded by mistake. The strike is listed, the text is no longer shown."""
    await visible(tx, Person, person_id)

    async def do() -> StrikeView:
        person = await visible(tx, Person, person_id, lock=True)
        return StrikeView.model_validate(await service.strike(tx, person, body))

    return await once(body, do)


@routes.get("/{person_id}/strikes", allow="record.read_struck")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[StrikeView]:
    """List the strikes in a person's file, latest first: by whom, when and why."""
    stmt = service.listed(who, (await visible(tx, Person, person_id)).id)
    found = await page(tx, stmt, [(Strike.recorded_at, "desc"), (Strike.id, "desc")], paging)
    return PageView(items=[StrikeView.model_validate(row) for row in found.items], next_cursor=found.next_cursor)
