"""A contact was logged: it is credited to the worker of its day and acts on the plan."""

from typing import cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case import service as cases
from services.casework.heard.models import HeardContact
from services.casework.plan import contacts
from shared import clock
from shared.events.intake import ContactLogged

# Made once, of the table and not of the class: this is the commonest of all events.
_HEAR = insert(cast(Table, HeardContact.__table__)).on_conflict_do_nothing().returning(HeardContact.id)


async def logged(session: AsyncSession, event: ContactLogged) -> None:
    """Insert-only; the latest `occurred_at` wins, whatever the order of arrival."""
    case = await cases.open_case_of(session, event.team_id, event.person_id, lock=True)
    credited = await cases.worker_on(session, case.id, event.occurred_at) if case else None
    row = {
        "id": event.contact_id,
        "team_id": event.team_id,
        "recorded_at": clock.now(),
        "person_id": event.person_id,
        "case_id": case.id if case else None,
        "kind": event.kind,
        "by": event.by,
        "credited_to": credited,
        "occurred_at": event.occurred_at,
    }
    fresh = await session.scalar(_HEAR, row)
    if fresh is None or case is None:
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
