"""Adding to the counts and reading them."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.counts.models import YearlyCount
from services.intake.counts.rules import Kind, published
from services.intake.counts.schemas import CountView
from shared import clock
from shared.access.table import in_teams
from shared.db.session import actor_of


async def add_one(session: AsyncSession, team_id: UUID, kind: Kind) -> None:
    """Add one to this team's count of the current year (in London)."""
    year = clock.local_date(clock.now()).year
    row = insert(YearlyCount).values(team_id=team_id, year=year, kind=kind, count=1)
    keys = [YearlyCount.team_id, YearlyCount.year, YearlyCount.kind]
    await session.execute(row.on_conflict_do_update(index_elements=keys, set_={"count": YearlyCount.count + 1}))


async def read(session: AsyncSession) -> list[CountView]:
    """List the rounded counts of past years, of the actor's teams, newest year first.

    The current year is returned to nobody: two requests would reveal the minute in which somebody was counted.
    """
    stmt = in_teams(select(YearlyCount), YearlyCount, actor_of(session))
    over = YearlyCount.year < clock.local_date(clock.now()).year
    order = (YearlyCount.year.desc(), YearlyCount.team_id, func.lower(YearlyCount.kind))
    rows = (await session.scalars(stmt.where(over).order_by(*order))).all()
    return [
        CountView(team_id=row.team_id, year=row.year, kind=Kind(row.kind), count=published(row.count)) for row in rows
    ]
