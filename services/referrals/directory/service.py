"""Reads of the directory: for every reader here, a service that is never shown does not exist."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.contact import EMAIL
from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation
from services.referrals.directory.rules import BETWEEN_WORDS, SHUT, shut_because
from shared import clock
from shared.db.session import actor_of
from shared.http.problems import not_found
from shared.practice.calendar import local_day

# The characters that LIKE would read as a wildcard or an escape.
_WILD = str.maketrans("", "", "\\%_")


@dataclass(frozen=True)
class ServiceRow:
    """The facts of a service on which its referrals depend."""

    service_id: UUID
    agency_id: UUID
    name: str
    has_email: bool
    pathway: str | None
    never_show: bool
    closed: str | None = None


# Columns, not objects: every step reads them, and the row has long texts.
_SHOWN = (
    select(
        AgencyService.id,
        Agency.id,
        AgencyService.name,
        EMAIL.is_not(None),
        AgencyService.pathway,
        AgencyService.status,
        AgencyService.opens_on,
        AgencyService.closes_on,
        AgencyService.left_at,
    )
    .join(Agency)
    .where(AgencyService.id == bindparam("service"), ~AgencyService.never_show)
)


async def agency_of(session: AsyncSession, service_id: UUID) -> ServiceRow | None:
    """Return the service and its agency; None when there is none, or when it must not be shown."""
    found = (await session.execute(_SHOWN, {"service": service_id})).one_or_none()
    if found is None:
        return None
    status, opens_on, closes_on, left_at = found[5:]
    today = local_day(clock.now())
    shut = shut_because(status, opens_on, closes_on, left=left_at is not None, today=today)
    return ServiceRow(*found[:5], never_show=False, closed=shut)


def listed(
    q: str | None, pathway: str | None, agency_id: UUID | None, *, closed: bool = False
) -> Select[AgencyService, Agency]:
    """Return the query for services with their agencies, filtered by words of names, pathway or agency.

    With `closed` it includes those that are shut.
    """
    query = select(AgencyService, Agency).join(Agency).where(~AgencyService.never_show)
    if not closed:
        query = query.where(is_open(local_day(clock.now())))
    for word in (q or "").split()[:8]:
        pattern = "%" + word.translate(_WILD) + "%"
        query = query.where(or_(AgencyService.name.ilike(pattern), Agency.name.ilike(pattern)))
    if pathway is not None:
        query = query.where(AgencyService.pathway == pathway)
    if agency_id is not None:
        query = query.where(AgencyService.agency_id == agency_id)
    return query


def is_open(today: date) -> ColumnElement[bool]:
    """Return the condition under which a service is offered on that day: `rules.shut_because` in SQL."""
    return and_(
        func.translate(AgencyService.status, BETWEEN_WORDS, " " * len(BETWEEN_WORDS)).op("!~*")(rf"\m(?:{SHUT})\M"),
        AgencyService.left_at.is_(None),
        or_(AgencyService.closes_on.is_(None), AgencyService.closes_on >= today),
        or_(AgencyService.opens_on.is_(None), AgencyService.opens_on <= today),
    )


def agencies() -> Select[Agency]:
    """Return the query for agencies that no rule hides and that have a service to show, or none listed yet."""
    hidden = select(AgencyService.agency_id).where(AgencyService.never_show)
    shown = select(AgencyService.agency_id).where(~AgencyService.never_show)
    nothing_hidden = Agency.id.not_in(hidden) & Agency.never_show_rule.is_(None)
    return select(Agency).where(or_(nothing_hidden, Agency.id.in_(shown)))


async def service(session: AsyncSession, service_id: UUID, *, lock: bool = False) -> tuple[AgencyService, Agency]:
    """Return one service. Raise a 404 problem when it does not exist or is never shown."""
    query = select(AgencyService, Agency).join(Agency).where(AgencyService.id == service_id, ~AgencyService.never_show)
    found = (await session.execute(query.with_for_update(of=AgencyService) if lock else query)).one_or_none()
    if found is None:
        raise not_found()
    return found[0], found[1]


async def agency(session: AsyncSession, agency_id: UUID, *, lock: bool = False) -> Agency:
    """Return one agency. Raise a 404 problem when it does not exist or has only services that are never shown."""
    query = agencies().where(Agency.id == agency_id)
    found = (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()
    if found is None:
        raise not_found()
    return found


async def locations(session: AsyncSession, service_id: UUID) -> list[Location]:
    query = select(Location).join(ServiceAtLocation).where(ServiceAtLocation.service_id == service_id)
    return list((await session.execute(query.order_by(Location.name, Location.id))).scalars())


async def hidden(session: AsyncSession) -> list[tuple[AgencyService, Agency]]:
    """Return the hidden services, and those that were shown or hidden by hand."""
    decided = or_(AgencyService.never_show, AgencyService.never_show_by.is_not(None))
    query = select(AgencyService, Agency).join(Agency).where(decided).order_by(AgencyService.name, AgencyService.id)
    return [(row, agency) for row, agency in (await session.execute(query.limit(500))).all()]


async def show_or_hide(session: AsyncSession, service_id: UUID, *, hide: bool, why: str | None = None) -> AgencyService:
    """Show a service or hide it, by hand: a later import changes neither. Raise a 404 problem."""
    row = await session.get(AgencyService, service_id, with_for_update=True)
    if row is None:
        raise not_found()
    row.never_show, row.never_show_by, row.never_show_at = hide, actor_of(session).user_id, clock.now()
    row.never_show_why = why
    row.kept = sorted({*row.kept, "never_show"})
    row.touch()
    return row


def closed(row: AgencyService) -> str | None:
    """Return why a service is not offered today, in words; None when it is open."""
    left, today = row.left_at is not None, local_day(clock.now())
    return shut_because(row.status, row.opens_on, row.closes_on, left=left, today=today)


def closed_since(row: AgencyService) -> date | None:
    """Return since which day its source no longer lists the service; None where it does."""
    return None if row.left_at is None else local_day(row.left_at)
