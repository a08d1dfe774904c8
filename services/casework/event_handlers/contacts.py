"""Contacts: a logged contact is credited to the worker of its day and acts on the plan."""

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.plan import contacts, recount
from services.casework.plan.models import Plan
from services.casework.projections.models import KnownContact
from services.casework.task.service import event_of
from shared import clock
from shared.db.base import table_of
from shared.events.intake import ContactLogged, ContactStruck

# Compiled at import, on the table and not on the class: this is the commonest of all events. The worker of that day,
# and whether the case has a plan, come from the same statement: the case is locked, so both stay as they are.
_HEARD = table_of(KnownContact)
_GIVEN: dict[str, Any] = {
    column.name: bindparam(f"new_{column.name}", type_=column.type)
    for column in _HEARD.c
    if column.name != "credited_to"
}
_HEAR = (
    insert(_HEARD)
    .values({**_GIVEN, "credited_to": cases.worker_on(_GIVEN["case_id"], _GIVEN["occurred_at"])})
    .on_conflict_do_nothing()
    .returning(cases.has_open_plan(_GIVEN["case_id"]))
)


async def logged(session: AsyncSession, event: ContactLogged) -> None:
    """Record a contact. Insert-only; the latest `occurred_at` wins, whatever the order of arrival."""
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    row = {
        "id": event.contact_id,
        "team_id": event.team_id,
        "recorded_at": clock.now(),
        "person_id": event.person_id,
        "case_id": case.id if case else None,
        "kind": event.kind,
        "by": event.by,
        "occurred_at": event.occurred_at,
        "event_id": event_of(session),
        "struck_at": None,
    }
    planned = await session.scalar(_HEAR, {f"new_{name}": value for name, value in row.items()})
    if not planned or case is None:  # received before, or nothing on which the contact could act
        return
    plan = await cases.open_plan_of(session, case.id, lock=True)
    if plan is not None:
        await contacts.count(
            session,
            case,
            plan,
            contact_id=event.contact_id,
            kind=event.kind,
            by=event.by,
            occurred_at=min(event.occurred_at, clock.now()),
        )


async def struck(session: AsyncSession, event: ContactStruck) -> None:
    """Strike a contact that was recorded by mistake.

    When this event comes before the contact itself, it leaves a struck row in its place.
    """
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    row = await session.scalar(select(KnownContact).where(KnownContact.id == event.contact_id).with_for_update())
    if row is None:
        session.add(
            KnownContact(
                id=event.contact_id,
                team_id=event.team_id,
                person_id=event.person_id,
                kind=event.kind,
                by=event.by,
                occurred_at=event.occurred_at,
                struck_at=clock.now(),
            )
        )
        return
    if row.struck_at is not None:
        return
    row.struck_at = clock.now()
    await session.flush()
    plan = await cases.open_plan_of(session, case.id, lock=True) if case else None
    if case is not None and plan is not None:
        await recount.without(session, case, plan, row, event.struck_by)
        return
    # No clock of a closed plan runs, but its page shows when the person was last met, also after it is opened again.
    closed = select(Plan).where(Plan.person_id == event.person_id, Plan.team_id == event.team_id)
    for each in await session.scalars(closed.order_by(Plan.id).with_for_update()):
        await recount.latest(session, each)
