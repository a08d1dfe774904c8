"""Whom somebody can be referred to, and what is disclosed about them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.referrals.directory.models import Agency, AgencyService
from shared import clock
from shared.context import Actor
from shared.db.session import Database
from shared.ids import new_id

TOLD = {
    "safe_contact": "Only through us, in person.",
    "first_name": "Tom",
    "need": "help with drinking",
    "person_wants": "to stop before winter",
}


@dataclass(frozen=True)
class Place:
    """A service that somebody can be referred to."""

    agency_id: UUID
    service_id: UUID


async def put_place(
    db: Database, *, email: str | None = "team@agency.example", pathway: str | None = None, desk: str | None = None
) -> Place:
    """An agency with one service, which may have an address of its own (`desk`)."""
    place = Place(new_id(), new_id())
    common: dict[str, Any] = {"source": "test", "digest": "", "imported_at": clock.now()}
    async with db.transaction(Actor.service("referrals")) as session:
        session.add(
            Agency(id=place.agency_id, external_id=str(place.agency_id), name="An agency", email=email, **common)
        )
        await session.flush()
        session.add(
            AgencyService(
                id=place.service_id,
                external_id=str(place.service_id),
                agency_id=place.agency_id,
                name="A service",
                pathway=pathway,
                email=desk,
                **common,
            )
        )
    return place


async def put_service(db: Database, of: Place, *, desk: str | None = None) -> Place:
    """One more service of the same agency."""
    place = Place(of.agency_id, new_id())
    common: dict[str, Any] = {"source": "test", "digest": "", "imported_at": clock.now()}
    async with db.transaction(Actor.service("referrals")) as session:
        session.add(
            AgencyService(
                id=place.service_id,
                external_id=str(place.service_id),
                agency_id=place.agency_id,
                name="One more",
                email=desk,
                **common,
            )
        )
    return place
