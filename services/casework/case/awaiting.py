"""Waiting for intake's event about a person who was registered a moment ago."""

import asyncio
import time
from collections import Counter
from uuid import UUID

from services.casework.case.schemas import CaseOpen
from services.casework.projections.models import KnownPerson
from shared.access.scope import team_for
from shared.context import Actor
from shared.http.deps import Platform, Who
from shared.http.problems import not_found, problem
from shared.http.state import Services

# The event of a new person takes milliseconds; over a lost connection it takes until the connection is back.
WAIT_SECONDS = 2.0
LOOK_EVERY_SECONDS = 0.1
MOST_AT_ONCE = 5

_waiting: Counter[str] = Counter()


async def known_person(body: CaseOpen, actor: Who, services: Platform) -> KnownPerson:
    """Find the person of `body`, waiting up to WAIT_SECONDS without holding a connection.

    Raise 404 for a person of another team as for an unknown one, after the same wait, and 429 for an account with more
    than MOST_AT_ONCE requests waiting: unknown ids must not hold up anybody else.
    """
    team = team_for(actor, body.team_id)
    if (person := await _known(body, team, actor, services)) is not None:
        return person
    if _waiting[actor.user_id] >= MOST_AT_ONCE:
        raise problem(429, "Too many requests; wait a little.", headers={"Retry-After": "2"})
    _waiting[actor.user_id] += 1
    try:
        ends = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < ends:
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            if (person := await _known(body, team, actor, services)) is not None:
                return person
        raise not_found()
    finally:
        _waiting[actor.user_id] -= 1
        if not _waiting[actor.user_id]:
            del _waiting[actor.user_id]


async def _known(body: CaseOpen, team: UUID, actor: Actor, services: Services) -> KnownPerson | None:
    async with services.database.transaction(actor) as session:
        person = await session.get(KnownPerson, body.person_id)
    return person if person is not None and person.team_id == team else None
