"""Handlers of intake's events about people: registered, said no, came back, died, and a no or a death struck."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.case.models import Case
from services.casework.plan import stopping
from services.casework.projections.models import KnownPerson
from services.casework.task.service import event_of
from shared import clock
from shared.events.intake import (
    PersonCameBack,
    PersonDeathStruck,
    PersonDied,
    PersonNoStruck,
    PersonRegistered,
    PersonSaidNo,
)


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
    # Only the striking of the death can be newer, and then this event comes too late.
    if not await _newer(session, event.person_id, event.team_id, event.version, "died"):
        return
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    if case is not None:
        plan = await cases.open_plan_of(session, case.id, lock=True)
        await stopping.died(session, case, plan, _not_later(event.occurred_at))


async def death_struck(session: AsyncSession, event: PersonDeathStruck) -> None:
    """Undo a death that was recorded by mistake: what it stopped goes on."""
    ended_by = (await _known(session, event.person_id, event.team_id)).state_event
    if not await _newer(session, event.person_id, event.team_id, event.version, event.state, death_struck=True):
        return
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    if case is None:
        case = await _closed_for_it(session, event.team_id, event.person_id)
    if case is not None:
        plan = await cases.open_plan_of(session, case.id, lock=True)
        await stopping.death_struck(session, case, plan, ended_by)


async def no_struck(session: AsyncSession, event: PersonNoStruck) -> None:
    """Undo a no that was recorded by mistake: what it stopped goes on."""
    ended_by = (await _known(session, event.person_id, event.team_id)).state_event
    if not await _newer(session, event.person_id, event.team_id, event.version, "known"):
        return
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    if case is not None:
        plan = await cases.open_plan_of(session, case.id, lock=True)
        await stopping.no_struck(session, case, plan, ended_by)


async def _closed_for_it(session: AsyncSession, team_id: UUID, person_id: UUID) -> Case | None:
    """Return the latest case that was closed because the person had died, locked."""
    return await session.scalar(
        select(Case)
        .where(Case.team_id == team_id, Case.person_id == person_id, Case.died_at.is_not(None))
        .order_by(Case.opened_at.desc())
        .limit(1)
        .with_for_update()
    )


def _not_later(at: datetime) -> datetime:
    """Return `at`, or now if that is earlier: another machine's clock may run a little ahead of ours."""
    return min(at, clock.now())


async def _known(session: AsyncSession, person_id: UUID, team_id: UUID) -> KnownPerson:
    """Return the locked row of a person, made when this is the first event."""
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


async def _newer(
    session: AsyncSession, person_id: UUID, team_id: UUID, version: int, state: str, *, death_struck: bool = False
) -> bool:
    """Store the state and return True if it is newer; events may arrive in any order.

    Only the striking of a death ends it.
    """
    person = await _known(session, person_id, team_id)
    if person.state_version >= version or (person.state == "died" and not death_struck):
        return False
    person.state, person.state_version, person.state_event = state, version, event_of(session)
    await session.flush()
    return True
