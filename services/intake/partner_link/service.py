"""Writing and reading of links, without ever reading the other file."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.partner_link.models import PartnerLink
from services.intake.partner_link.schemas import CreateLink, LinkView
from services.intake.person.models import Person
from shared.access.table import in_teams
from shared.context import Actor
from shared.crypto.keyring import keyring
from shared.db.client_ids import added, own
from shared.db.session import actor_of


def _key(person_id: UUID) -> bytes:
    return keyring().hmac("intake.partner-link", person_id.bytes)


async def create(session: AsyncSession, person: Person, body: CreateLink) -> LinkView:
    """Create a link. The person's version stays unchanged, so that readers of the file do not notice the link."""
    row = PartnerLink(
        id=own("partner_link", person.team_id, body.id),
        team_id=person.team_id,
        person_key=_key(person.id),
        link={
            "person_id": str(person.id),
            "other_person_id": str(body.other_person_id),
            "knows": body.knows,
            "note": body.note,
            "by": actor_of(session).user_id,
        },
    )
    await added(session, row)
    return view(row)


def listed(actor: Actor, person_id: UUID | None) -> Select[Any]:
    """Return the query of links from files of the guardian's teams, to be paged."""
    stmt = in_teams(select(PartnerLink), PartnerLink, actor)
    return stmt if person_id is None else stmt.where(PartnerLink.person_key == _key(person_id))


def view(row: PartnerLink) -> LinkView:
    """Return a link in clear."""
    return LinkView(id=row.id, recorded_at=row.recorded_at, **(row.link or {}))
