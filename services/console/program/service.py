"""Making programs and keys, and ending keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.backend.errors import Refused
from services.console.program import rules
from services.console.program.models import Program, ProgramKey
from shared import clock, log
from shared.access import programs
from shared.http.problems import Wrong, conflict, not_found
from shared.http.program_keys import digest
from shared.ids import new_id


@dataclass(frozen=True)
class Wanted:
    """A program as the form asks for it, checked."""

    name: str
    scopes: tuple[str, ...]
    teams: tuple[UUID, ...]
    agency_id: UUID | None
    expires_at: datetime


async def every(tx: AsyncSession) -> list[tuple[Program, list[ProgramKey]]]:
    """Return all programs by name, each with its keys, newest first."""
    keys: dict[UUID, list[ProgramKey]] = {}
    for key in await tx.scalars(select(ProgramKey).order_by(ProgramKey.recorded_at.desc(), ProgramKey.id.desc())):
        keys.setdefault(key.program_id, []).append(key)
    found = await tx.scalars(select(Program).order_by(Program.name))
    return [(program, keys.get(program.id, [])) for program in found]


async def program(tx: AsyncSession, program_id: UUID, *, lock: bool = False) -> Program:
    """Return a program. Raise 404 when there is none."""
    stmt = select(Program).where(Program.id == program_id)
    found = await tx.scalar(stmt.with_for_update() if lock else stmt)
    if found is None:
        raise not_found()
    return found


async def keys_of(tx: AsyncSession, program_id: UUID) -> Sequence[ProgramKey]:
    """Return the keys of a program, newest first."""
    stmt = select(ProgramKey).where(ProgramKey.program_id == program_id)
    return (await tx.scalars(stmt.order_by(ProgramKey.recorded_at.desc(), ProgramKey.id.desc()))).all()


async def open_program(tx: AsyncSession, me: UUID, wanted: Wanted) -> tuple[Program, str]:
    """Create a program with its first key; return both. The key is nowhere else."""
    made = Program(
        id=new_id(),
        name=wanted.name,
        scopes=list(wanted.scopes),
        teams=[str(team) for team in wanted.teams],
        agency_id=wanted.agency_id,
        recorded_by=me,
        recorded_at=clock.real(),
    )
    tx.add(made)
    try:
        await tx.flush()
    except IntegrityError:
        raise Refused.field(Wrong("name", "taken", "is the name of another program; a name is used once")) from None
    return made, await _add_key(tx, me, made, wanted.expires_at)


async def add_key(tx: AsyncSession, me: UUID, program_id: UUID, expires_at: datetime) -> tuple[Program, str]:
    """Make another key, while an earlier one still works. Raise 409 when two are valid already."""
    found = await program(tx, program_id, lock=True)
    now = clock.real()
    if sum(key.is_valid(now) for key in await keys_of(tx, program_id)) >= rules.MOST_VALID:
        raise conflict("Two keys of this program are valid. Revoke the one that is no longer used, then make another.")
    return found, await _add_key(tx, me, found, expires_at)


async def revoke(tx: AsyncSession, me: UUID, program_id: UUID, key_id: UUID) -> None:
    """End a key for good. Ended already, nothing changes."""
    found = await program(tx, program_id, lock=True)
    key = next((key for key in await keys_of(tx, program_id) if key.id == key_id), None)
    if key is None:
        raise not_found()
    if key.revoked_at is None:
        key.revoked_at, key.revoked_by, key.told_at = clock.real(), me, None
        log.get().info("a key of a program was revoked", program=found.name, key_id=str(key_id), user_id=str(me))


async def _add_key(tx: AsyncSession, me: UUID, of: Program, expires_at: datetime) -> str:
    key = programs.new_key()
    made = ProgramKey(
        id=new_id(),
        program_id=of.id,
        digest=digest(key),
        ends_with=key[-4:],
        expires_at=expires_at,
        recorded_by=me,
        recorded_at=clock.real(),
    )
    tx.add(made)
    await tx.flush()
    log.get().info("a key of a program was made", program=of.name, key_id=str(made.id), user_id=str(me))
    return key
