"""How it went with somebody so far: each change of engagement, each no and its end, their death, with what was written.

What was struck as a mistake is not in it; the trace of that is a list of its own.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.died.models import Death
from services.intake.engagement.models import EngagementChange
from services.intake.person.models import Person
from services.intake.person.schemas import HistoryView
from services.intake.said_no.models import Answer


async def of(session: AsyncSession, person: Person) -> list[HistoryView]:
    """Everything, the newest first. Whether the reader may see the person is settled before."""
    changes = await session.scalars(select(EngagementChange).where(EngagementChange.person_id == person.id))
    answers = await session.scalars(select(Answer).where(Answer.person_id == person.id, Answer.struck_at.is_(None)))
    deaths = await session.scalars(select(Death).where(Death.person_id == person.id, Death.struck_at.is_(None)))
    lines = [HistoryView(what="engagement", state=each.state, at=each.occurred_at, by=each.by) for each in changes]
    lines += [
        HistoryView(
            what=each.kind, at=each.occurred_at, by=each.by, until=each.until, opened=each.opened, words=each.words
        )
        for each in answers
    ]
    lines += [HistoryView(what="died", at=each.occurred_at, by=each.by, words=each.words) for each in deaths]
    return sorted(lines, key=lambda line: line.at, reverse=True)
