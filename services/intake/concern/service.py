"""Recording of concerns, and of the lead's being informed."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.concern.models import Concern
from services.intake.concern.rules import tell_lead_by
from services.intake.concern.schemas import ConcernView, RaiseConcern, TellLead
from services.intake.person.models import Person
from services.intake.times import happened
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.client_ids import added, own
from shared.db.session import actor_of
from shared.http.problems import conflict, invalid


async def raise_(session: AsyncSession, person: Person, body: RaiseConcern) -> ConcernView:
    """Record a concern. `person` is locked by the caller."""
    actor = actor_of(session)
    noticed = happened(body.noticed_at, "noticed_at")
    told = None if body.lead_told_at is None else happened(body.lead_told_at, "lead_told_at")
    if told is not None and told < noticed:
        raise invalid("lead_told_at", "before_noticed", "must not be before it was noticed")
    concern = Concern(
        id=own("concern", person.team_id, body.id),
        team_id=person.team_id,
        person_id=person.id,
        noticed_at=noticed,
        by=actor.user_id,
        words={"about": body.about, "who": body.who, "what": body.what},
        lead_told_at=told,
        lead_told_by=actor.user_id if told else None,
    )
    person.touch()
    await added(session, concern)
    return view(concern)


async def tell_lead(session: AsyncSession, concern: Concern, body: TellLead) -> ConcernView:
    """Record that the safeguarding lead is informed; the first record stays. `concern` is locked by the caller."""
    at = happened(body.occurred_at)
    if at < concern.noticed_at:
        raise invalid("occurred_at", "before_noticed", "must not be before it was noticed")
    if concern.told is not None:
        raise conflict("The lead was told already.", rule="told")
    concern.lead_told_at = concern.lead_told_at or at
    concern.lead_told_by = concern.lead_told_by or actor_of(session).user_id
    concern.told = {"to_whom": body.to_whom, "decided": body.decided}
    await session.flush()
    return view(concern)


def listed(actor: Actor, person: Person) -> Select[Any]:
    """Return the query of a person's concerns, to be paged."""
    return in_teams(select(Concern).where(Concern.person_id == person.id, Concern.struck_at.is_(None)), Concern, actor)


def untold(actor: Actor) -> Select[Any]:
    """Return the query of concerns in the actor's teams of which the lead is not informed, to be paged."""
    waits = select(Concern).where(Concern.lead_told_at.is_(None), Concern.struck_at.is_(None))
    return in_teams(waits, Concern, actor)


def view(concern: Concern) -> ConcernView:
    """Return a concern in clear."""
    words, told = concern.words or {}, concern.told or {}
    return ConcernView(
        id=concern.id,
        person_id=concern.person_id,
        about=words["about"],
        who=words["who"],
        what=words["what"],
        noticed_at=concern.noticed_at,
        recorded_at=concern.recorded_at,
        by=concern.by,
        tell_lead_by=tell_lead_by(concern.noticed_at),
        lead_told_at=concern.lead_told_at,
        lead_told_by=concern.lead_told_by,
        to_whom=told.get("to_whom"),
        decided=told.get("decided"),
    )
