"""Reading of reviews, and recording of their results."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.oversight.models import Oversight
from services.intake.oversight.schemas import GiveWord
from services.intake.permit import service as permits
from services.intake.person.models import Person
from shared import clock
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.session import actor_of
from shared.db.visible import visible
from shared.events.intake import OversightGiven
from shared.http.problems import conflict
from shared.outbox.emit import emit


async def locked(session: AsyncSession, oversight_id: UUID) -> Oversight:
    """Return the review, locked after its person, as everywhere. Raise 404 unless the actor may see it."""
    row = await visible(session, Oversight, oversight_id)
    await session.execute(select(Person.id).where(Person.id == row.person_id).with_for_update())
    return await visible(session, Oversight, oversight_id, lock=True)


async def give_word(session: AsyncSession, row: Oversight, body: GiveWord) -> Oversight:
    """Record the result of a review by somebody other than the one who decided; the first result stays.

    The row is locked by the caller. A decision with which the reviewer does not agree allows nothing more: its live
    permits are revoked.
    """
    actor = actor_of(session)
    if row.reviewed_at is not None:
        raise conflict("The word on this was given already.", rule="given")
    if actor.role != row.for_role:
        raise conflict(f"This waits for the word of a {row.for_role}.", rule="not_yours")
    if row.by == actor.user_id:
        raise conflict("You decided this yourself: somebody else gives the word on it.", rule="own_decision")
    now = clock.now()
    row.reviewed_at, row.reviewed_by = now, actor.user_id
    row.agrees, row.why = body.agrees, body.why
    if not body.agrees and row.basis_id is not None:
        await permits.lapse_of(session, row.basis_id)
    await session.flush()
    given = OversightGiven(
        version=2,
        occurred_at=now,
        oversight_id=row.id,
        person_id=row.person_id,
        team_id=row.team_id,
        what=row.what,
        agrees=body.agrees,
    )
    await emit(session, given, aggregate=row.id)
    return row


def listed(actor: Actor, person: Person) -> Select[Any]:
    """Return the query of the reviews about one person, to be paged."""
    return in_teams(select(Oversight).where(Oversight.person_id == person.id), Oversight, actor)


def waiting(actor: Actor) -> Select[Any]:
    """Return the query of what waits for the review of the actor's role in the actor's teams, to be paged."""
    waits = select(Oversight).where(Oversight.reviewed_at.is_(None), Oversight.for_role == actor.role)
    return in_teams(waits, Oversight, actor)
