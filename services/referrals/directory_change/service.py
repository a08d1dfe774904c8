"""Changes of the directory by hand."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.referrals.directory.models import Agency, AgencyService
from services.referrals.directory_change import contacts
from shared import clock
from shared.db.session import actor_of
from shared.http.bodies import Body


async def edit(session: AsyncSession, kind: str, row: Agency | AgencyService, change: Body) -> None:
    """Set what was sent, so that later imports keep it; propose an address or a number."""
    said = change.model_dump(exclude_unset=True)
    points = {name: said.pop(name) for name in contacts.POINTS if name in said}
    actor = actor_of(session)
    await contacts.by_hand(session, kind, row, points, actor)
    for name, value in said.items():
        setattr(row, name, value)
    if isinstance(row, AgencyService) and "never_show" in said:
        row.never_show_by, row.never_show_at, row.never_show_why = actor.user_id, clock.now(), None
    row.kept = sorted({*row.kept, *said})
    row.touch()
