"""Routes of cases and caseloads."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query

from services.casework.case import caseload, listing, service
from services.casework.case.awaiting import known_person
from services.casework.case.models import Case
from services.casework.case.rules import Stage
from services.casework.case.schemas import (
    CaseClose,
    CaseloadTransfer,
    CaseloadView,
    CaseNoteView,
    CaseOpen,
    CaseReassign,
    CaseReopen,
    CaseView,
    MoveView,
    TransferView,
)
from services.casework.ending import end_everything, keeps_open
from services.casework.member import caseload_lock
from services.casework.member import service as members
from services.casework.projections.models import KnownPerson
from services.casework.words import UserId
from shared import clock
from shared.access.roles import Role
from shared.access.table import may
from shared.context import Actor
from shared.db.client_ids import own
from shared.db.visible import visible
from shared.http.cursors import PageView, Paging
from shared.http.deps import Tx, Who
from shared.http.idempotency import Once
from shared.http.problems import conflict, invalid, problem
from shared.http.routes import Routes
from shared.practice.cadence import CASELOAD_AIM, CASELOAD_MAXIMUM

routes = Routes("/cases")
caseloads = Routes("/caseloads")

# Resolved before the transaction of the request: a request that waits holds no connection.
Person = Annotated[KnownPerson, Depends(known_person)]


@routes.post("", allow="case.open")
async def open_case(body: CaseOpen, person: Person, session: Tx, actor: Who, once: Once) -> CaseView:
    """Open a case. Without room the person waits for a worker: the stage in the response shows it."""
    team = person.team_id

    async def act() -> CaseView:
        _may_exceed(actor, body.over_ceiling)
        await listing.may_go_on(session, body.person_id)
        if await service.open_case_of(session, team, body.person_id) is not None:
            raise conflict("There is an open case already.", rule="already_open")
        worker = body.worker_id or (actor.user_id if actor.role is Role.WORKER else None)
        case = await service.register(
            session,
            case_id=own("case", team, body.id),
            team_id=team,
            person_id=body.person_id,
            worker_id=worker,
            over_ceiling=body.over_ceiling,
        )
        return (await listing.views(session, [case]))[0]

    return await once(body, act)


@routes.get("", allow="case.read")
async def list_cases(
    session: Tx,
    actor: Who,
    paging: Paging,
    person_id: UUID | None = None,
    worker_id: Annotated[UserId | None, Query()] = None,
    stage: Stage | None = None,
    mine: bool = False,
    without_worker: bool = False,
) -> PageView[CaseView]:
    """List cases of the reader's teams, newest first; closed ones only when asked for by stage or person."""
    worker = actor.user_id if mine else worker_id
    found = await listing.listed(
        session, paging, person_id=person_id, worker_id=worker, stage=stage, without_worker=without_worker
    )
    return PageView(items=await listing.views(session, found.items), next_cursor=found.next_cursor)


@routes.get("/{case_id}", allow="case.read")
async def read_case(case_id: UUID, session: Tx) -> CaseView:
    return (await listing.views(session, [await visible(session, Case, case_id)]))[0]


@routes.get("/{case_id}/notes", allow="case.read")
async def read_notes(case_id: UUID, session: Tx) -> list[CaseNoteView]:
    """Return why the case was reopened, in the words of whoever reopened it."""
    return await listing.notes_of(session, await visible(session, Case, case_id))


@routes.post("/{case_id}/reassign", allow="case.reassign", status_code=200)
async def reassign(case_id: UUID, body: CaseReassign, session: Tx, actor: Who, once: Once) -> CaseView:
    """Give a case to another worker. Contacts stay credited to the worker of their day."""
    await visible(session, Case, case_id)

    async def act() -> CaseView:
        _may_exceed(actor, body.over_ceiling)
        await caseload_lock.lock(session, body.worker_id)
        case = await visible(session, Case, case_id, lock=True)
        if case.stage == "closed":
            raise conflict("A closed case has no worker; reopen it first.", rule="closed")
        await members.check(session, case.team_id, body.worker_id, field="worker_id")
        given = await service.assign(
            session, case, body.worker_id, clock.now(), by=actor.user_id, over_ceiling=body.over_ceiling
        )
        if not given:
            raise conflict(_FULL, rule="ceiling")
        return (await listing.views(session, [case]))[0]

    return await once(body, act, status=200)


@routes.post("/{case_id}/reopen", allow="case.reopen", status_code=200)
async def reopen(case_id: UUID, body: CaseReopen, session: Tx, once: Once) -> CaseView:
    """Reopen a closed case; a new plan is started for it."""
    await visible(session, Case, case_id)

    async def act() -> CaseView:
        known = await visible(session, Case, case_id)
        await caseload_lock.lock(session, known.worker_id)
        case = await visible(session, Case, case_id, lock=True)
        if case.stage != "closed":
            raise conflict("It is open.", rule="open")
        await listing.may_reopen(session, case)
        await service.reopen(session, case, body.note, clock.now())
        return (await listing.views(session, [case]))[0]

    return await once(body, act, status=200)


@routes.post("/{case_id}/close", allow="case.close", status_code=200)
async def close(case_id: UUID, body: CaseClose, session: Tx, once: Once) -> CaseView:
    """Close a case that has no open plan. When there is one, close the plan instead: that closes the case too."""
    await visible(session, Case, case_id)

    async def act() -> CaseView:
        case = await visible(session, Case, case_id, lock=True)
        if await service.open_plan_of(session, case.id) is not None:
            raise conflict("It has an open plan: close the plan.", rule="plan_open")
        if case.stage != "closed":
            if (still := await keeps_open(session, case, body.reason)) is not None:
                raise conflict(still, rule="referrals_open")
            await service.close(session, case, body.reason, clock.now())
            await end_everything(session, case, "case_closed")
        return (await listing.views(session, [case]))[0]

    return await once(body, act, status=200)


@caseloads.get("", allow="caseload.read")
async def list_caseloads(session: Tx, actor: Who) -> list[CaseloadView]:
    """List every worker with open cases in the reader's teams: how many, and their weight."""
    return [
        CaseloadView(
            worker_id=each.worker_id,
            cases=each.cases,
            weight=each.weight,
            aim=CASELOAD_AIM,
            ceiling=CASELOAD_MAXIMUM,
            over_ceiling=each.weight > CASELOAD_MAXIMUM,
            by_stage=each.by_stage,
        )
        for each in await caseload.loads(session, actor)
    ]


@caseloads.post("/transfer", allow="caseload.transfer", status_code=200)
async def transfer(body: CaseloadTransfer, session: Tx, actor: Who, once: Once) -> TransferView:
    """Move a whole caseload (or the named cases).

    Each case is reported; one that cannot move does not stop the rest.
    """
    if body.from_worker == body.to_worker:
        raise invalid("to_worker", "same_worker", "must be another worker")

    async def act() -> TransferView:
        _may_exceed(actor, body.over_ceiling)
        await caseload_lock.lock(session, body.from_worker, body.to_worker)
        found = await listing.owned_by(session, body.from_worker, body.case_ids)
        refused = await listing.refusals(session, body.to_worker, [case.team_id for case in found] or actor.teams)
        moves: list[MoveView] = []
        for case in found:
            if (no := refused.get(case.team_id)) is not None:
                moves.append(MoveView(case_id=case.id, person_id=case.person_id, moved=False, why=no))
                continue
            done = await service.assign(
                session, case, body.to_worker, clock.now(), by=actor.user_id, over_ceiling=body.over_ceiling
            )
            moves.append(MoveView(case_id=case.id, person_id=case.person_id, moved=done, why="" if done else _FULL))
        for missing in sorted(set(body.case_ids or ()) - {each.case_id for each in moves}):
            moves.append(MoveView(case_id=missing, moved=False, why="It is not an open case of this worker."))
        done_count = sum(each.moved for each in moves)
        lost = len(moves) - done_count
        result = "none_moved" if not done_count else "some_moved" if lost else "all_moved"
        return TransferView(result=result, moved=done_count, not_moved=lost, moves=moves)

    return await once(body, act, status=200)


_FULL = f"The worker has no room: a caseload is at most {CASELOAD_MAXIMUM}. A supervisor may agree to go above it."


def _may_exceed(actor: Actor, over_ceiling: bool) -> None:
    if over_ceiling and may(actor.role, "case.exceed_ceiling") is None:
        raise problem(403, "Only a supervisor may agree to go above the ceiling.", field="over_ceiling", rule="role")
