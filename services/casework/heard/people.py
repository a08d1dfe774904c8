"""What intake tells of people: that we may know of one, his no, his coming back, his death."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.heard.models import KnownPerson
from services.casework.plan import stopping
from shared import clock
from shared.events.intake import PersonCameBack, PersonDied, PersonRegistered, PersonSaidNo


async def registered(session: AsyncSession, event: PersonRegistered) -> None:
    await _known(session, event.person_id, event.team_id)


async def said_no(session: AsyncSession, event: PersonSaidNo) -> None:
    if not await _newer(session, event.person_id, event.team_id, event.version, "said_no"):
        return
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    if case is not None:
        plan = await cases.open_plan_of(session, case.id, lock=True)
        await stopping.said_no(session, case, plan, _not_later(event.occurred_at), event.until)


async def came_back(session: AsyncSession, event: PersonCameBack) -> None:
    if not await _newer(session, event.person_id, event.team_id, event.version, "known"):
        return
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    if case is not None:
        plan = await cases.open_plan_of(session, case.id, lock=True)
        await stopping.came_back(session, case, plan, _not_later(event.occurred_at))


async def died(session: AsyncSession, event: PersonDied) -> None:
    await _newer(session, event.person_id, event.team_id, event.version, "died")
    # Whatever we heard in between: there is no coming back from this.
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    if case is not None:
        plan = await cases.open_plan_of(session, case.id, lock=True)
        await stopping.died(session, case, plan, _not_later(event.occurred_at))


def _not_later(at: datetime) -> datetime:
    """Another machine's clock may run a little ahead of ours."""
    return min(at, clock.now())


async def _known(session: AsyncSession, person_id: UUID, team_id: UUID) -> KnownPerson:
    """The locked row of a person; made when this is the first we hear."""
    values = {
        "id": person_id,
        "team_id": team_id,
        "recorded_at": clock.now(),
        "state": "known",
        "state_version": 0,
    }
    await session.execute(insert(KnownPerson).values(values).on_conflict_do_nothing())
    found = await session.scalars(select(KnownPerson).where(KnownPerson.id == person_id).with_for_update())
    return found.one()


async def _newer(session: AsyncSession, person_id: UUID, team_id: UUID, version: int, state: str) -> bool:
    """Remember the state if it is news; facts may arrive in any order."""
    person = await _known(session, person_id, team_id)
    if person.state_version >= version or person.state == "died":
        return False
    person.state, person.state_version = state, version
    await session.flush()
    return True
