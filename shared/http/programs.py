"""The route by which the console, which holds the programs, states all their keys to a service.

Each statement is the whole truth: a service that was away, or was restored to an earlier day, is right again with the
next one.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from shared.access import programs
from shared.http import program_keys
from shared.http.bodies import Body, Instant, View
from shared.http.deps import Platform
from shared.http.problems import invalid
from shared.http.routes import Routes

routes = Routes("/programs", tags=["programs"])

MOST = 1000
ScopeName = Literal["inbound_mail", "accounts", "directory", "monitoring", "service_answers"]


class KeyState(Body):
    """One key of a program: its keyed hash, what it may do, until when, and whether it was revoked."""

    id: UUID
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    program_id: UUID
    name: Annotated[str, StringConstraints(pattern=programs.NAME)]
    scopes: list[ScopeName] = Field(min_length=1, max_length=len(programs.SCOPES))
    teams: list[UUID] = Field(default=[], max_length=1000)
    agency_id: UUID | None = None
    expires_at: Instant
    revoked_at: Instant | None = None


class KeysState(Body):
    keys: list[KeyState] = Field(max_length=MOST)


class KeyView(View):
    """Report what this service knows of a key: when it was last used here, and when it was revoked."""

    id: UUID
    used_at: datetime | None
    revoked_at: datetime | None


class KeysView(View):
    items: list[KeyView]


@routes.post("", allow="program.state", keyless=True, status_code=200)
async def state_keys(body: KeysState, services: Platform) -> KeysView:
    """Record the keys of all programs: those that are not listed are forgotten. The same again changes nothing."""
    if len({each.id for each in body.keys}) < len(body.keys) or len({each.digest for each in body.keys}) < len(
        body.keys
    ):
        raise invalid("keys", "twice", "names one key twice")
    rows = [
        {
            **each.model_dump(exclude={"digest", "teams"}),
            "digest": bytes.fromhex(each.digest),
            "teams": [str(team) for team in each.teams],
        }
        for each in body.keys
    ]
    async with services.database.platform_connection() as connection:
        found = await program_keys.replace(connection, rows)
    return KeysView(items=[KeyView(id=id, used_at=used, revoked_at=revoked) for id, used, revoked in found])
