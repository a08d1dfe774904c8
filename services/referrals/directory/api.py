"""Routes of the directory."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory import service
from services.referrals.directory.contact import Contact, contact_of, contacts_of
from services.referrals.directory.models import Agency, AgencyService
from services.referrals.directory.schemas import (
    AgencyChange,
    AgencyLine,
    AgencyView,
    LocationView,
    Pathway,
    ServiceChange,
    ServiceLine,
    ServiceView,
)
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx
from shared.http.etags import IfMatch, Tag
from shared.http.routes import Routes

routes = Routes(tags=["directory"])


@routes.get("/services", allow="directory.read")
async def list_services(
    session: Tx,
    paging: Paging,
    q: Annotated[str | None, Query(max_length=100)] = None,
    pathway: Pathway | None = None,
    agency_id: UUID | None = None,
) -> PageView[ServiceLine]:
    """Services by name. `q`: words of the service's or the agency's name."""
    order = [(AgencyService.name, "asc"), (AgencyService.id, "asc")]
    found = await page(session, service.listed(q, pathway, agency_id), order, paging)  # pyright: ignore[reportArgumentType]
    contacts = await contacts_of(session, (row[0].id for row in found.items))
    items = [_line(row[0], row[1], contacts[row[0].id]) for row in found.items]
    return PageView(items=items, next_cursor=found.next_cursor)


@routes.get("/services/{service_id}", allow="directory.read")
async def get_service(service_id: UUID, session: Tx, tag: Tag) -> ServiceView:
    found, agency = await service.service(session, service_id)
    return tag(await _service(session, found, agency))


@routes.patch("/services/{service_id}", allow="directory.edit")
async def change_service(service_id: UUID, body: ServiceChange, session: Tx, if_match: IfMatch) -> ServiceView:
    """Change what the source does not know or has wrong; a later import keeps it."""
    found, agency = await service.service(session, service_id, lock=True)
    if_match.check(found.version)
    service.edit(found, body)
    return await _service(session, found, agency)


@routes.get("/agencies", allow="directory.read")
async def list_agencies(session: Tx, paging: Paging) -> PageView[AgencyLine]:
    found = await page(session, service.agencies(), [(Agency.name, "asc"), (Agency.id, "asc")], paging)
    items = [AgencyLine(id=row.id, name=row.name, has_email=row.email is not None) for row in found.items]
    return PageView(items=items, next_cursor=found.next_cursor)


@routes.get("/agencies/{agency_id}", allow="directory.read")
async def get_agency(agency_id: UUID, session: Tx, tag: Tag) -> AgencyView:
    return tag(_agency(await service.agency(session, agency_id)))


@routes.patch("/agencies/{agency_id}", allow="directory.edit")
async def change_agency(agency_id: UUID, body: AgencyChange, session: Tx, if_match: IfMatch) -> AgencyView:
    """Change the address on record and what else the source does not know; a later import keeps it."""
    found = await service.agency(session, agency_id, lock=True)
    if_match.check(found.version)
    service.edit(found, body)
    return _agency(found)


def _line(found: AgencyService, agency: Agency, contact: Contact) -> ServiceLine:
    return ServiceLine(
        id=found.id,
        agency_id=agency.id,
        agency_name=agency.name,
        name=found.name,
        pathway=found.pathway,
        status=found.status,
        has_email=contact.email is not None,
    )


async def _service(session: AsyncSession, found: AgencyService, agency: Agency) -> ServiceView:
    await session.flush()
    locations, contact = await service.locations(session, found.id), await contact_of(session, found.id)
    return ServiceView(
        **_line(found, agency, contact).model_dump(),
        description=found.description,
        eligibility=found.eligibility,
        fees=found.fees,
        url=found.url,
        email=contact.email,
        phone=contact.phone,
        languages=found.languages,
        schedules=found.schedules,
        locations=[
            LocationView(name=each.name, address=each.address, accessibility=each.accessibility) for each in locations
        ],
        source=found.source,
        version=found.version,
    )


def _agency(found: Agency) -> AgencyView:
    fields = {name: getattr(found, name) for name in AgencyView.model_fields if name != "has_email"}
    return AgencyView(has_email=found.email is not None, **fields)
