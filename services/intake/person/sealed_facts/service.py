"""Reading and replacement of the sealed facts."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.person.models import Person
from services.intake.person.sealed_facts.models import SealedFacts
from services.intake.person.sealed_facts.rules import gathered, spread
from services.intake.person.sealed_facts.schemas import SealedView, SetSealed
from shared.http.etags import Match


def open_for(person: Person) -> SealedFacts:
    """Return the empty row of a new file."""
    return SealedFacts(team_id=person.team_id, person_id=person.id, facts=_facts(SetSealed()))


async def _row(session: AsyncSession, person: Person) -> SealedFacts:
    return (await session.scalars(select(SealedFacts).where(SealedFacts.person_id == person.id))).one()


async def get(session: AsyncSession, person: Person) -> SealedView:
    """Return the sealed facts of a person."""
    return _view(await _row(session, person))


async def put(session: AsyncSession, person: Person, body: SetSealed, match: Match) -> SealedView:
    """Replace the sealed facts. `person` is locked by the caller; its version stays, so that others do not notice."""
    row = await _row(session, person)
    match.check(row.version)
    row.facts = _facts(body)
    row.touch()
    await session.flush()
    return _view(row)


def _facts(body: SetSealed) -> dict[str, object]:
    return {"reasons": spread(body.reasons), "other_reason": body.other_reason, "source": body.source}


def _view(row: SealedFacts) -> SealedView:
    facts = row.facts or {}
    return SealedView(
        version=row.version,
        reasons=gathered(facts["reasons"]),
        other_reason=facts["other_reason"],
        source=facts["source"],
    )
