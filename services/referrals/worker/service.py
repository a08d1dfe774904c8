"""Whom services may ask for: the worker who has the case now, under the name which that worker chose."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.referral.models import Referral
from services.referrals.worker.models import CaseWorker, ContactName
from shared import clock
from shared.db.session import actor_of
from shared.events.casework import CaseClosed, CaseOpened, CaseReassigned, CaseStageChanged
from shared.ids import new_id

_CLOSED, _WAITING = "closed", "waiting"


async def choose(session: AsyncSession, name: str | None) -> str | None:
    """Store the name under which services know the actor. Choosing the same again changes nothing."""
    actor = actor_of(session)
    values = {"team_id": actor.teams[0], "account_id": actor.user_id, "recorded_at": clock.now()}
    await session.execute(insert(ContactName).values(id=new_id(), **values).on_conflict_do_nothing())
    row = (await session.scalars(_of({actor.user_id}).with_for_update())).one()
    row.name = name
    await session.flush()
    return name


async def chosen(session: AsyncSession) -> str | None:
    """Return the name under which services know the actor."""
    return (await _names(session, {actor_of(session).user_id})).get(actor_of(session).user_id)


async def to_ask_for(session: AsyncSession, referrals: Collection[Referral]) -> dict[UUID, str]:
    """Return, by referral, the name of the worker who has the person's case now; referrals without one are left out."""
    people = {row.person_id for row in referrals}
    stmt = select(CaseWorker).where(
        CaseWorker.person_id.in_(people), CaseWorker.worker_id.is_not(None), ~CaseWorker.closed
    )
    # The case that the referral names comes before the person's others, then the newest.
    rows = (await session.scalars(stmt.order_by(CaseWorker.id.desc()))).all()
    found: dict[UUID, str] = {}
    for referral in referrals:
        theirs = [row for row in rows if (row.person_id, row.team_id) == (referral.person_id, referral.team_id)]
        case = next((row for row in theirs if row.id == referral.case_id), theirs[0] if theirs else None)
        if case is not None and case.worker_id is not None:
            found[referral.id] = case.worker_id
    names = await _names(session, set(found.values()))
    return {referral_id: names[worker] for referral_id, worker in found.items() if worker in names}


async def _names(session: AsyncSession, accounts: Collection[str]) -> dict[str, str]:
    rows = await session.scalars(_of(accounts)) if accounts else ()
    return {row.account_id: row.name for row in rows if row.name}


def _of(accounts: Collection[str]) -> Select[ContactName]:
    return select(ContactName).where(ContactName.account_id.in_(sorted(accounts)))


# --- event handlers -------------------------------------------------------------------------------------------


async def opened(session: AsyncSession, event: CaseOpened) -> None:
    """Record a new case, with a worker or waiting for one."""
    await _has(session, event, event.worker_id)
    await _is_closed(session, event, closed=False)


async def reassigned(session: AsyncSession, event: CaseReassigned) -> None:
    """Record another worker of a case, or none."""
    await _has(session, event, event.worker_id)


async def stage_changed(session: AsyncSession, event: CaseStageChanged) -> None:
    """Record that a case waits for a worker, was closed, or is open again."""
    if event.to_stage == _WAITING:
        await _has(session, event, None)
    await _is_closed(session, event, closed=event.to_stage == _CLOSED)


async def closed(session: AsyncSession, event: CaseClosed) -> None:
    """Record that a case is closed."""
    await _is_closed(session, event, closed=True)


Heard = CaseOpened | CaseReassigned | CaseStageChanged | CaseClosed


async def _has(session: AsyncSession, event: Heard, worker_id: str | None) -> None:
    row = await _locked(session, event)
    # Of two events of one version, the one that names a worker is more complete.
    if (event.version, worker_id is not None) > (row.worker_version, row.worker_id is not None):
        row.worker_version, row.worker_id = event.version, worker_id


async def _is_closed(session: AsyncSession, event: Heard, *, closed: bool) -> None:
    row = await _locked(session, event)
    if event.version >= row.closed_version:
        row.closed_version, row.closed = event.version, closed


async def _locked(session: AsyncSession, event: Heard) -> CaseWorker:
    values = {"id": event.case_id, "team_id": event.team_id, "person_id": event.person_id, "recorded_at": clock.now()}
    defaults = {"worker_version": 0, "closed": False, "closed_version": 0}
    await session.execute(insert(CaseWorker).values(**values, **defaults).on_conflict_do_nothing())
    stmt = select(CaseWorker).where(CaseWorker.id == event.case_id).with_for_update()
    return (await session.scalars(stmt.execution_options(populate_existing=True))).one()
