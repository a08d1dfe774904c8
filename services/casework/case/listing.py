"""Reading cases for people."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service
from services.casework.case.models import Case, CaseNote
from services.casework.case.schemas import CaseNoteView, CaseView
from services.casework.member import service as members
from services.casework.projections.models import KnownPerson
from shared.access.table import in_teams
from shared.db.session import actor_of
from shared.http.cursors import Page, PageRequest, page
from shared.http.problems import conflict, invalid
from shared.notes import trace


async def listed(
    session: AsyncSession,
    paging: PageRequest,
    *,
    person_id: UUID | None = None,
    worker_id: str | None = None,
    stage: str | None = None,
    without_worker: bool = False,
) -> Page[Case]:
    """Return cases of the actor's teams, newest first; closed ones only when asked for by stage or person."""
    statement = in_teams(select(Case), Case, actor_of(session))
    if person_id is not None:
        statement = statement.where(Case.person_id == person_id)
    if worker_id is not None:
        statement = statement.where(Case.worker_id == worker_id)
    if without_worker:
        statement = statement.where(Case.worker_id.is_(None), Case.stage != "closed")
    if stage is not None:
        statement = statement.where(Case.stage == stage)
    elif person_id is None:
        statement = statement.where(Case.stage != "closed")
    return await page(session, statement, [(Case.id, "desc")], paging)


async def refusals(session: AsyncSession, worker_id: str, teams: Collection[UUID]) -> dict[UUID, str]:
    """Return in which of these teams the worker can have no case, and why. Raise 422 when that is so in all of them."""
    found = {team: await members.why_not(session, team, worker_id) for team in set(teams)}
    if found and all(found.values()):
        no = next(each for each in found.values() if each is not None)
        raise invalid("to_worker", no.rule, no.message)
    return {team: f"The worker {no.message}." for team, no in found.items() if no is not None}


async def owned_by(session: AsyncSession, worker_id: str, case_ids: Sequence[UUID] | None) -> list[Case]:
    """Return a worker's open cases (or the named ones) of the actor's teams, locked."""
    owned = select(Case).where(Case.worker_id == worker_id, Case.stage != "closed")
    if case_ids is not None:
        owned = owned.where(Case.id.in_(case_ids))
    found = await session.scalars(in_teams(owned, Case, actor_of(session)).order_by(Case.id).with_for_update())
    return list(found)


async def stopped(session: AsyncSession, person_id: UUID) -> str | None:
    """Return `said_no` or `died` when the person is in that state.

    The row stays locked, so that neither event is applied before this case exists.
    """
    query = select(KnownPerson.state).where(KnownPerson.id == person_id).with_for_update(read=True)
    state = await session.scalar(query)
    return state if state in ("said_no", "died") else None


async def notes_of(session: AsyncSession, case: Case) -> list[CaseNoteView]:
    """Return the notes of the case's reopenings, the newest first."""
    found = await session.scalars(select(CaseNote).where(CaseNote.case_id == case.id).order_by(CaseNote.at.desc()))
    return [
        CaseNoteView(
            id=each.id, kind=each.kind, by=each.by, at=each.at, **vars(trace(each, each.by, actor_of(session)))
        )
        for each in found
    ]


async def may_go_on(session: AsyncSession, person_id: UUID) -> None:
    """Raise a problem when work would begin with a person who died or said no."""
    found = await stopped(session, person_id)
    if found == "died":
        raise conflict("This person has died.", rule="died")
    if found == "said_no":
        raise conflict("This person said no to us; record in their file that they came back first.", rule="said_no")


async def may_reopen(session: AsyncSession, case: Case) -> None:
    """Raise a problem when the person of a closed case died or said no, or has another open case."""
    if case.died_at is not None:
        raise conflict("This person has died.", rule="died")
    # An event that was applied while the case was closed is not on the case.
    await may_go_on(session, case.person_id)
    if await service.open_case_of(session, case.team_id, case.person_id) is not None:
        raise conflict("There is another open case of this person.", rule="already_open")


async def views(session: AsyncSession, cases: Sequence[Case]) -> list[CaseView]:
    """Return the views of cases, each with its open plan or else its last one."""
    plans = await service.latest_plans(session, [case.id for case in cases])
    return [
        CaseView.model_validate(
            {
                **{name: getattr(case, name) for name in CaseView.model_fields if not name.startswith("plan_")},
                "plan_id": plans[case.id].id if case.id in plans else None,
                "plan_open": case.id in plans and plans[case.id].open,
            }
        )
        for case in cases
    ]
