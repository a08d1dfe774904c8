"""Recording of legal bases."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.legal_basis.models import LegalBasis
from services.intake.legal_basis.schemas import RecordLegalBasis
from services.intake.oversight import requests
from services.intake.oversight.rules import What
from services.intake.person.models import Person
from services.intake.times import happened
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.client_ids import added, own
from shared.db.session import actor_of


async def record(session: AsyncSession, person: Person, body: RecordLegalBasis) -> LegalBasis:
    """Record a legal basis. `person` is locked by the caller."""
    basis = LegalBasis(
        id=own("legal_basis", person.team_id, body.id),
        team_id=person.team_id,
        person_id=person.id,
        agency_id=body.agency_id,
        grounds=[ground.value for ground in dict.fromkeys(body.grounds)],
        decided_at=happened(body.decided_at, "decided_at"),
        by=actor_of(session).user_id,
        note=body.note,
        overrides=body.override is not None,
        override=body.override.model_dump() if body.override else None,
    )
    person.touch()
    await added(session, basis)
    if basis.overrides:
        await requests.request(
            session,
            What.OVERRIDE,
            basis,
            person_id=basis.person_id,
            by=basis.by,
            basis_id=basis.id,
            agency_id=basis.agency_id,
        )
    return basis


def listed(actor: Actor, person: Person) -> Select[Any]:
    """Return the query of a person's legal bases, to be paged."""
    return in_teams(select(LegalBasis).where(LegalBasis.person_id == person.id), LegalBasis, actor)
