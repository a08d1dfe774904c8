"""The keys of programs in one service's database: checking the key of a request, and replacing what is known."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import clock
from shared.access import programs
from shared.access.roles import Role
from shared.context import Actor, correlation, set_program
from shared.crypto.keyring import keyring
from shared.db.platform_tables import program_keys
from shared.db.session import Database
from shared.http.problems import unauthenticated
from shared.metrics import counted

USED_EVERY = timedelta(minutes=1)


def digest(key: str) -> bytes:
    """Return the keyed hash under which a key is stored."""
    return keyring().hmac("program-key", key.encode())


async def check(database: Database, key: str) -> Actor:
    """Return the actor of a key. Raise a 401 problem, which is counted, for one that is not valid now.

    The row is read with each request, so a key ends here with the transaction that revokes it.
    """
    if not programs.is_key(key):
        raise _refused("unknown")
    async with database.platform_connection() as connection:
        stmt = select(program_keys).where(program_keys.c.digest == digest(key))
        row = (await connection.execute(stmt)).one_or_none()
        if row is None:
            raise _refused("unknown")
        set_program(row.name)
        now = clock.real()
        if row.revoked_at is not None:
            raise _refused("revoked")
        if row.expires_at <= now:
            raise _refused("expired")
        if row.used_at is None or row.used_at < now - USED_EVERY:
            await connection.execute(update(program_keys).where(program_keys.c.id == row.id).values(used_at=now))
    subject = f"program:{row.program_id}" if row.agency_id is None else f"agency:{row.agency_id}"
    teams = tuple(UUID(team) for team in row.teams)
    return Actor(subject, Role.SYSTEM, teams, correlation(), frozenset(row.scopes))


def _refused(reason: str) -> Exception:
    counted.program_refused(reason)
    said = {"revoked": "The key has been revoked.", "expired": "The key has expired."}
    return unauthenticated(f"{said.get(reason, 'The key is not known here.')} Ask an administrator for a new one.")


async def replace(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> list[tuple[UUID, Any, Any]]:
    """Keep these keys and no others. Return of each its id, when it was last used, and when it was revoked.

    A key that was revoked here stays revoked, whatever an older statement says.
    """
    await connection.execute(delete(program_keys).where(program_keys.c.id.not_in([row["id"] for row in rows])))
    if rows:
        new = insert(program_keys)
        same: dict[str, Any] = {
            name: new.excluded[name]
            for name in ("digest", "program_id", "name", "scopes", "teams", "agency_id", "expires_at")
        }
        revoked = func.coalesce(program_keys.c.revoked_at, new.excluded.revoked_at)
        changed = or_(
            program_keys.c.revoked_at.is_distinct_from(revoked),
            *(program_keys.c[name].is_distinct_from(value) for name, value in same.items()),
        )
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=[program_keys.c.id], set_={**same, "revoked_at": revoked}, where=changed
            ),
            list(rows),
        )
    found = await connection.execute(
        select(program_keys.c.id, program_keys.c.used_at, program_keys.c.revoked_at).order_by(program_keys.c.id)
    )
    return [(row.id, row.used_at, row.revoked_at) for row in found]
