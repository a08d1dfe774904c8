"""Recording of a person's no, and of its end."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.oversight import requests
from services.intake.oversight.rules import What
from services.intake.permit import service as permits
from services.intake.person.engagement import service as engagement
from services.intake.person.engagement.models import EngagementChange
from services.intake.person.engagement.rules import State
from services.intake.person.events import emit_event
from services.intake.person.models import Person
from services.intake.said_no.models import Answer
from services.intake.said_no.rules import Kind, may_sign, needs_signature
from services.intake.said_no.schemas import ComeBack, SayNo
from services.intake.times import happened
from shared import clock
from shared.db.session import actor_of
from shared.events.intake import PersonCameBack, PersonNoStruck, PersonSaidNo
from shared.http.problems import conflict, forbidden, invalid
from shared.ids import new_id


async def say_no(session: AsyncSession, person: Person, body: SayNo) -> Person:
    """Record a no and revoke live permits in the same transaction. `person` is locked by the caller.

    The same no again changes nothing; another date replaces the earlier one.
    """
    at = happened(body.occurred_at)
    if body.until is not None and body.until <= at:
        raise invalid("until", "not_after", "must be after they said no")
    if person.died_at is not None:
        raise conflict("This person has died.", rule="died")
    if person.said_no_at is not None and person.said_no_until == body.until:
        return person
    person.touch()
    person.said_no_at, person.said_no_until = at, body.until
    _write(session, person, Kind.SAID_NO, at, until=body.until, words=body.words)
    await permits.lapse(session, person.id)
    await emit_event(session, person, PersonSaidNo, at, until=body.until)
    await _engagement(session, person, State.SAID_NO, at)
    return person


async def come_back(session: AsyncSession, person: Person, body: ComeBack) -> Person:
    """End a no. `person` is locked by the caller. Raise a 403 problem when no supervisor signs a ground."""
    if needs_signature(body.by) and not may_sign(actor_of(session).role):
        raise forbidden()
    at = happened(body.occurred_at)
    if person.died_at is not None:
        raise conflict("This person has died.", rule="died")
    if person.said_no_at is None:
        raise conflict("This person has not said no.", rule="no_no")
    if at < person.said_no_at:
        raise invalid("occurred_at", "before_the_no", "must not be before they said no")
    person.touch()
    person.said_no_at = person.said_no_until = None
    answer = _write(session, person, Kind.CAME_BACK, at, opened=body.by, words=body.why)
    if needs_signature(body.by):
        await session.flush()
        await requests.request(session, What.NO_OPENED, answer, person_id=answer.person_id, by=answer.by)
    await emit_event(session, person, PersonCameBack, at)
    # A person who came back is engaged; a ground only allows us to try again.
    await _engagement(session, person, State.APPROACHED if needs_signature(body.by) else State.ENGAGED, at)
    return person


async def struck(session: AsyncSession, person: Person, answer: Answer) -> None:
    """Restore the answer before a struck one. `person` is locked and touched by the caller."""
    if person.died_at is not None:
        raise conflict("The person has died.", rule="died")
    latest = select(Answer).where(Answer.person_id == person.id).order_by(Answer.recorded_at.desc(), Answer.id.desc())
    # The caller has struck the answer already, so the latest is taken from all answers, struck ones included.
    newest = await session.scalar(latest.limit(1))
    if newest is None or newest.id != answer.id or person.said_no_at is None:
        raise conflict("This is not what stands now.", rule="not_standing")
    before = await session.scalar(latest.where(Answer.struck_at.is_(None)).limit(1))
    if before is not None and before.kind == Kind.SAID_NO:
        person.said_no_at, person.said_no_until = before.occurred_at, before.until
        await emit_event(session, person, PersonSaidNo, before.occurred_at, until=before.until)
        return
    person.said_no_at = person.said_no_until = None
    await emit_event(session, person, PersonNoStruck, clock.now(), since=answer.occurred_at)
    if person.case_id is None:
        await _engagement_before(session, person)


async def _engagement_before(session: AsyncSession, person: Person) -> None:
    """Restore the engagement that a struck no had replaced."""
    changes = (
        select(EngagementChange)
        .where(EngagementChange.person_id == person.id, EngagementChange.state != State.SAID_NO)
        .order_by(EngagementChange.id.desc())
        .limit(1)
    )
    before = await session.scalar(changes)
    state, since = (State(before.state), before.occurred_at) if before else (State.IDENTIFIED, person.recorded_at)
    await _engagement(session, person, state, since)


async def _engagement(session: AsyncSession, person: Person, state: State, at: datetime) -> None:
    """Enter a state unless a case is open: then its stage is authoritative, and casework gets the event itself."""
    if person.case_id is None and person.engagement != state:
        await engagement.enter(session, person, state, at)


def _write(
    session: AsyncSession,
    person: Person,
    kind: Kind,
    at: datetime,
    *,
    until: datetime | None = None,
    opened: str | None = None,
    words: str | None = None,
) -> Answer:
    answer = Answer(
        id=new_id(),
        team_id=person.team_id,
        person_id=person.id,
        kind=kind,
        occurred_at=at,
        until=until,
        opened=opened,
        by=actor_of(session).user_id,
        words=words,
    )
    session.add(answer)
    return answer
