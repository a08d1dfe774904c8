"""Routes of safeguarding concerns."""

from uuid import UUID

from services.intake.concern import service
from services.intake.concern.models import Concern
from services.intake.concern.schemas import ConcernView, RaiseConcern, TellLead
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes(tags=["concerns"])


@routes.post("/people/{person_id}/concerns", allow="concern.raise")
async def raise_(person_id: UUID, body: RaiseConcern, tx: Tx, once: Once) -> ConcernView:
    """Record a safeguarding concern about an adult or a child. The lead is to be informed the same day."""
    await visible(tx, Person, person_id)

    async def do() -> ConcernView:
        return await service.raise_(tx, await visible(tx, Person, person_id, lock=True), body)

    return await once(body, do)


@routes.get("/people/{person_id}/concerns", allow="concern.read")
async def listed(person_id: UUID, tx: Tx, who: Who, paging: Paging) -> PageView[ConcernView]:
    """List a person's concerns, latest first."""
    stmt = service.listed(who, await visible(tx, Person, person_id))
    found = await page(tx, stmt, [(Concern.noticed_at, "desc"), (Concern.id, "desc")], paging)
    return PageView(items=[service.view(row) for row in found.items], next_cursor=found.next_cursor)


@routes.get("/concerns", allow="concern.read")
async def untold(tx: Tx, who: Who, paging: Paging) -> PageView[ConcernView]:
    """List concerns of the reader's teams of which the lead is not informed, the longest waiting first."""
    found = await page(tx, service.untold(who), [(Concern.noticed_at, "asc"), (Concern.id, "asc")], paging)
    return PageView(items=[service.view(row) for row in found.items], next_cursor=found.next_cursor)


@routes.post("/concerns/{concern_id}/told-lead", allow="concern.raise", status_code=200)
async def told_lead(concern_id: UUID, body: TellLead, tx: Tx, once: Once) -> ConcernView:
    """Record that the safeguarding lead is informed, and what was decided."""
    await visible(tx, Concern, concern_id, Concern.struck_at.is_(None))

    async def do() -> ConcernView:
        return await service.tell_lead(
            tx, await visible(tx, Concern, concern_id, Concern.struck_at.is_(None), lock=True), body
        )

    return await once(body, do, 200)
