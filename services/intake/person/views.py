"""Responses about a person."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.models import Person
from services.intake.person.rules import no_in_force
from services.intake.person.safe_contact import service as safe_contact
from services.intake.person.schemas import EngagementView, LanguageView, PersonLine, PersonView, SaidNoView
from shared import clock


def line(person: Person) -> PersonLine:
    """Return a person for a list."""
    return PersonLine(
        id=person.id,
        team_id=person.team_id,
        version=person.version,
        alias=person.alias or "",
        engagement=_engagement(person),
        case_id=person.case_id,
        recorded_at=person.recorded_at,
    )


async def full(session: AsyncSession, person: Person) -> PersonView:
    """Return the whole file of a person except the sealed facts."""
    said_no = None
    if person.said_no_at is not None:
        said_no = SaidNoView(
            since=person.said_no_at,
            until=person.said_no_until,
            in_force=no_in_force(person.said_no_at, person.said_no_until, clock.now()),
        )
    return PersonView(
        **line(person).model_dump(),
        aliases=person.aliases or [],
        language=LanguageView(**person.language) if person.language else None,
        safe_contact=await safe_contact.get(session, person),
        said_no=said_no,
        died_at=person.died_at,
    )


def _engagement(person: Person) -> EngagementView:
    return EngagementView(state=person.engagement, since=person.engagement_since, ended=person.case_id is not None)
