"""The history of a person: each change of engagement, each no and its end, a death, with the texts recorded.

Struck records are left out; their strikes are a list of their own.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.died.models import Death
from services.intake.history.schemas import HistoryView
from services.intake.person.engagement.models import EngagementChange
from services.intake.person.models import Person
from services.intake.said_no.models import Answer


async def of(session: AsyncSession, person: Person) -> list[HistoryView]:
    """Return the history, newest first. The caller has checked that the reader may see the person."""
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
