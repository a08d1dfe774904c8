"""Emitting the events of a case, in the transaction of the fact."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.casework.case.models import Case
from shared.events.casework import CaseEvent
from shared.outbox.emit import emit


async def emit_event(session: AsyncSession, case: Case, event: type[CaseEvent], at: datetime, **facts: Any) -> None:
    """Emit an event with the version of the case after the fact."""
    about = event(
        version=case.version,
        occurred_at=at,
        case_id=case.id,
        person_id=case.person_id,
        team_id=case.team_id,
        **facts,
    )
    await emit(session, about, aggregate=case.id)
