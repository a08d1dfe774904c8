"""Routes of partner links, for guardians only."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.intake.partner_link import service
from services.intake.partner_link.models import PartnerLink
from services.intake.partner_link.schemas import CreateLink, LinkView
from services.intake.person.models import Person
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes("/partner-links")


@routes.post("", allow="partner_link.create")
async def create(body: CreateLink, tx: Tx, once: Once) -> LinkView:
    """Link a file of the guardian's teams to another file, which is never read: nothing about it can be revealed."""
    person = await visible(tx, Person, body.person_id)

    async def do() -> LinkView:
        return await service.create(tx, person, body)

    return await once(body, do)


@routes.get("", allow="partner_link.read")
async def listed(
    tx: Tx,
    who: Who,
    paging: Paging,
    person_id: Annotated[UUID | None, Query(description="Only links from this file.")] = None,
) -> PageView[LinkView]:
    """List the links from files of the guardian's teams, newest first."""
    stmt = service.listed(who, person_id)
    found = await page(tx, stmt, [(PartnerLink.recorded_at, "desc"), (PartnerLink.id, "desc")], paging)
    return PageView(items=[service.view(row) for row in found.items], next_cursor=found.next_cursor)
