"""Reads and edits of the directory. What is never shown is, for every reader here, not there."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.contact import EMAIL
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation
from shared.http.bodies import Body
from shared.http.problems import not_found

# What LIKE would read as a wildcard or an escape.
_WILD = str.maketrans("", "", "\\%_")


@dataclass(frozen=True)
class ServiceRow:
    """What a referral needs to know of the service it goes to."""

    service_id: UUID
    agency_id: UUID
    name: str
    has_email: bool
    pathway: str | None
    never_show: bool


# Columns, not objects: asked for at every step, of a row with long texts.
_SHOWN = (
    select(AgencyService.id, Agency.id, AgencyService.name, EMAIL.is_not(None), AgencyService.pathway)
    .join(Agency)
    .where(AgencyService.id == bindparam("service"), ~AgencyService.never_show)
)


async def agency_of(session: AsyncSession, service_id: UUID) -> ServiceRow | None:
    """The service and its agency; None when there is none, or when it must not be shown."""
    found = (await session.execute(_SHOWN, {"service": service_id})).one_or_none()
    return None if found is None else ServiceRow(*found, never_show=False)


def listed(q: str | None, pathway: str | None, agency_id: UUID | None) -> Select[AgencyService, Agency]:
    """Services with their agencies, narrowed by words of the name or agency, pathway or agency."""
    query = select(AgencyService, Agency).join(Agency).where(~AgencyService.never_show)
    for word in (q or "").split()[:8]:
        pattern = "%" + word.translate(_WILD) + "%"
        query = query.where(or_(AgencyService.name.ilike(pattern), Agency.name.ilike(pattern)))
    if pathway is not None:
        query = query.where(AgencyService.pathway == pathway)
    if agency_id is not None:
        query = query.where(AgencyService.agency_id == agency_id)
    return query


def agencies() -> Select[Agency]:
    """Agencies that have a service to show, or none at all listed yet, and that no rule hides."""
    hidden = select(AgencyService.agency_id).where(AgencyService.never_show)
    shown = select(AgencyService.agency_id).where(~AgencyService.never_show)
    nothing_hidden = Agency.id.not_in(hidden) & Agency.never_show_rule.is_(None)
    return select(Agency).where(or_(nothing_hidden, Agency.id.in_(shown)))


async def service(session: AsyncSession, service_id: UUID, *, lock: bool = False) -> tuple[AgencyService, Agency]:
    """One service. Raises a 404 problem when it is not there or never shown."""
    query = select(AgencyService, Agency).join(Agency).where(AgencyService.id == service_id, ~AgencyService.never_show)
    found = (await session.execute(query.with_for_update(of=AgencyService) if lock else query)).one_or_none()
    if found is None:
        raise not_found()
    return found[0], found[1]


async def agency(session: AsyncSession, agency_id: UUID, *, lock: bool = False) -> Agency:
    """One agency. Raises a 404 problem when it is not there or has only services that are never shown."""
    query = agencies().where(Agency.id == agency_id)
    found = (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise not_found()
    return found


async def locations(session: AsyncSession, service_id: UUID) -> list[Location]:
    query = select(Location).join(ServiceAtLocation).where(ServiceAtLocation.service_id == service_id)
    return list((await session.execute(query.order_by(Location.name, Location.id))).scalars())


def edit(row: Agency | AgencyService, change: Body) -> None:
    """Set what was sent, and keep it over later imports."""
    said = change.model_dump(exclude_unset=True)
    for name, value in said.items():
        setattr(row, name, value)
    row.kept = sorted({*row.kept, *said})
    row.touch()
