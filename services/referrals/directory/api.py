"""Routes of the directory."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory import service
from services.referrals.directory.contact import Contact, contact_of, contacts_of
from services.referrals.directory.models import Agency, AgencyService
from services.referrals.directory.schemas import (
    AgencyLine,
    AgencyView,
    HiddenDecided,
    HiddenService,
    HiddenServices,
    LocationView,
    NumberView,
    Pathway,
    ServiceLine,
    ServiceView,
    ShowOrHide,
)
from shared.http.cursors import PageView, Paging, page
from shared.http.deps import Tx
from shared.http.etags import Tag
from shared.http.idempotency import Once
from shared.http.routes import Routes

routes = Routes(tags=["directory"])


@routes.get("/services", allow="directory.read")
async def list_services(
    session: Tx,
    paging: Paging,
    q: Annotated[str | None, Query(max_length=100)] = None,
    pathway: Pathway | None = None,
    agency_id: UUID | None = None,
    closed: bool = False,
) -> PageView[ServiceLine]:
    """List services by name.

    `q`: words of the service's or the agency's name. `closed`: includes those that are shut.
    """
    order = [(AgencyService.name, "asc"), (AgencyService.id, "asc")]
    found = await page(session, service.listed(q, pathway, agency_id, closed=closed), order, paging)  # pyright: ignore[reportArgumentType]
    contacts = await contacts_of(session, (row[0].id for row in found.items))
    items = [_line(row[0], row[1], contacts[row[0].id]) for row in found.items]
    return PageView(items=items, next_cursor=found.next_cursor)


@routes.get("/services/{service_id}", allow="directory.read")
async def get_service(service_id: UUID, session: Tx, tag: Tag) -> ServiceView:
    found, agency = await service.service(session, service_id)
    return tag(await service_view(session, found, agency))


@routes.get("/agencies", allow="directory.read")
async def list_agencies(session: Tx, paging: Paging) -> PageView[AgencyLine]:
    found = await page(session, service.agencies(), [(Agency.name, "asc"), (Agency.id, "asc")], paging)
    items = [AgencyLine(id=row.id, name=row.name, has_email=row.email is not None) for row in found.items]
    return PageView(items=items, next_cursor=found.next_cursor)


@routes.get("/agencies/{agency_id}", allow="directory.read")
async def get_agency(agency_id: UUID, session: Tx, tag: Tag) -> AgencyView:
    return tag(agency_view(await service.agency(session, agency_id)))


@routes.get("/hidden-services", allow="directory.edit")
async def list_hidden_services(session: Tx) -> HiddenServices:
    """List the hidden services with the reason, without address or number, and those that a person decided to show."""
    items = [
        HiddenService(
            id=row.id,
            name=row.name,
            agency_name=agency.name,
            hidden=row.never_show,
            rule=row.never_show_rule,
            decided_by=row.never_show_by,
            decided_at=row.never_show_at,
            why=row.never_show_why,
        )
        for row, agency in await service.hidden(session)
    ]
    return HiddenServices(items=items)


@routes.post("/hidden-services/{service_id}", allow="directory.edit", status_code=200)
async def show_or_hide(service_id: UUID, body: ShowOrHide, session: Tx, once: Once) -> HiddenDecided:
    """Show a hidden service, or hide a service immediately and everywhere. An import changes neither."""

    async def do() -> HiddenDecided:
        row = await service.show_or_hide(session, service_id, hide=body.hide, why=body.why)
        return HiddenDecided(id=row.id, hidden=row.never_show)

    return await once(body, do, 200)


def _line(found: AgencyService, agency: Agency, contact: Contact) -> ServiceLine:
    return ServiceLine(
        id=found.id,
        agency_id=agency.id,
        agency_name=agency.name,
        name=found.name,
        pathway=found.pathway,
        status=found.status,
        has_email=contact.email is not None,
        closed=service.closed(found),
        closed_since=service.closed_since(found),
    )


async def service_view(session: AsyncSession, found: AgencyService, agency: Agency) -> ServiceView:
    """Return one service with its places, and where it is written and rung."""
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
        phones=_numbers(contact),
        languages=found.languages,
        schedules=found.schedules,
        locations=[
            LocationView(name=each.name, address=each.address, accessibility=each.accessibility) for each in locations
        ],
        source=found.source,
        version=found.version,
    )


def _numbers(contact: Contact) -> list[NumberView]:
    return [NumberView(number=each["number"], note=each["note"]) for each in contact.phones]


def agency_view(found: Agency) -> AgencyView:
    """Return one agency."""
    fields = {name: getattr(found, name) for name in AgencyView.model_fields if name != "has_email"}
    return AgencyView(has_email=found.email is not None, **fields)
