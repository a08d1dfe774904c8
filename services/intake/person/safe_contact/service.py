"""Reading and replacement of safe contact."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.models import Person
from services.intake.person.safe_contact.models import SafeContact
from services.intake.person.safe_contact.schemas import SafeContactView, SetSafeContact
from shared import clock
from shared.db.session import actor_of
from shared.http.etags import Match


async def _row(session: AsyncSession, person: Person) -> SafeContact | None:
    return await session.scalar(select(SafeContact).where(SafeContact.person_id == person.id))


async def get(session: AsyncSession, person: Person) -> SafeContactView:
    """Return how a person may be reached; the strictest rule when nothing is recorded."""
    row = await _row(session, person)
    return SafeContactView() if row is None else _view(row)


async def put(session: AsyncSession, person: Person, body: SetSafeContact, match: Match) -> SafeContactView:
    """Replace the whole record. `person` is locked by the caller."""
    row = await _row(session, person)
    match.check(row.version if row else 0)
    told, by = body.model_dump(mode="json"), actor_of(session).user_id
    if row is None:
        row = SafeContact(team_id=person.team_id, person_id=person.id, told=told, by=by)
        session.add(row)
    else:
        row.told, row.by, row.recorded_at = told, by, clock.now()
        row.touch()
    person.touch()
    await session.flush()
    return _view(row)


def _view(row: SafeContact) -> SafeContactView:
    return SafeContactView(
        version=row.version, recorded=True, recorded_at=row.recorded_at, by=row.by, **(row.told or {})
    )
