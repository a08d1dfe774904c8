"""A service's address and number: its own first, then those of a place where it is given, then its agency's.

A council has one press office and dozens of desks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.models import Agency, AgencyService, Location, ServiceAtLocation


@dataclass(frozen=True)
class Contact:
    """The address to which a referral to this service is written, and the number to ring. Either may be missing."""

    email: str | None = None
    phone: str | None = None
    phones: tuple[Any, ...] = ()  # all numbers of the holder, each with its note


def _first(name: str) -> ColumnElement[str | None]:
    """Return the service's own value, its place's or its agency's.

    For a query over `AgencyService` joined to `Agency`.
    """
    of_place = getattr(Location, name)
    return func.coalesce(getattr(AgencyService, name), _at_place(of_place, of_place), getattr(Agency, name))


def _at_place(wanted: Any, where: Any) -> Any:
    return (
        select(wanted)
        .join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id)
        .where(ServiceAtLocation.service_id == AgencyService.id, where.is_not(None))
        .order_by(Location.id)
        .limit(1)
        .correlate(AgencyService)
        .scalar_subquery()
    )


EMAIL, PHONE = _first("email"), _first("phone")
_PHONES = case(
    (AgencyService.phone.is_not(None), AgencyService.phones),
    else_=func.coalesce(_at_place(Location.phones, Location.phone), Agency.phones),
)

# Compiled at import: every step of a ladder needs a contact.
_CONTACTS = (
    select(AgencyService.id, EMAIL, PHONE, _PHONES)
    .join(Agency)
    .where(AgencyService.id.in_(bindparam("services", expanding=True)))
)


async def contact_of(session: AsyncSession, service_id: UUID) -> Contact:
    """Return the address to which a referral to this service is written, and the number to ring."""
    return (await contacts_of(session, [service_id])).get(service_id, Contact())


async def contacts_of(session: AsyncSession, service_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """Return the contacts of several services with one query."""
    rows = await session.execute(_CONTACTS, {"services": sorted(set(service_ids))})
    return {service_id: Contact(email, phone, _with(phone, phones)) for service_id, email, phone, phones in rows.all()}


def _with(phone: str | None, phones: list[dict[str, Any]] | None) -> tuple[Any, ...]:
    """Return the numbers to show. A number that was set by hand is shown alone."""
    if phone is None:
        return ()
    return tuple(phones) if phones and phones[0]["number"] == phone else ({"number": phone, "note": None},)
