"""Strikes of records made by mistake. Each owner restores or recounts what the record caused."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.intake.concern.models import Concern
from services.intake.contact import service as contacts
from services.intake.contact.models import Contact
from services.intake.died import service as deaths
from services.intake.died.models import Death
from services.intake.person.models import Person
from services.intake.said_no import service as answers
from services.intake.said_no.models import Answer
from services.intake.strike.models import Strike
from services.intake.strike.rules import Record, may_see, may_strike
from services.intake.strike.schemas import StrikeRecord
from shared import clock
from shared.access.table import in_teams
from shared.context import Actor
from shared.db.session import actor_of
from shared.http.problems import conflict, not_found
from shared.ids import new_id

Undo = Callable[[AsyncSession, Person, Any], Awaitable[None]]


async def _nothing(session: AsyncSession, person: Person, row: Concern) -> None:
    """Do nothing: a concern has no effects beyond the lists, which leave out struck rows."""


_WRITER = "Only whoever wrote it, or a supervisor, can strike it: ask one of them."
_WHO = {
    Record.CONTACT: _WRITER,
    Record.CONCERN: _WRITER,
    Record.SAID_NO: _WRITER,
    Record.DEATH: "A supervisor or a guardian puts this right: ask one of them.",
}
_MODELS: dict[Record, Any] = {
    Record.CONTACT: Contact,
    Record.CONCERN: Concern,
    Record.SAID_NO: Answer,
    Record.DEATH: Death,
}
_UNDO: dict[Record, Undo] = {
    Record.CONTACT: contacts.struck,
    Record.CONCERN: _nothing,
    Record.SAID_NO: answers.struck,
    Record.DEATH: deaths.struck,
}


async def strike(session: AsyncSession, person: Person, body: StrikeRecord) -> Strike:
    """Strike a record. `person` is locked by the caller. A repeat returns the same strike and changes nothing.

    Raise a 409 problem when the actor may not strike the record, 404 when there is no such record in this file.
    """
    actor = actor_of(session)
    row = await session.scalar(_wanted(person, body))
    if row is None:
        raise not_found()
    if not may_strike(body.record, actor.role, wrote_it=row.by == actor.user_id):
        raise conflict(_WHO[body.record], rule="not_yours")
    known = await session.scalar(select(Strike).where(Strike.record_id == row.id))
    if known is not None:
        return known
    row.struck_at = clock.now()
    person.touch()
    await session.flush()
    made = Strike(
        id=new_id(),
        team_id=person.team_id,
        person_id=person.id,
        record=body.record,
        record_id=row.id,
        written_by=row.by,
        written_at=row.recorded_at,
        by=actor.user_id,
        why=body.why,
    )
    session.add(made)
    await _UNDO[Record(body.record)](session, person, row)
    await session.flush()
    return made


def _wanted(person: Person, body: StrikeRecord) -> Select[Any]:
    model = _MODELS[body.record]
    stmt = select(model).where(model.person_id == person.id)
    if body.record is Record.SAID_NO:
        stmt = stmt.where(model.kind == answers.Kind.SAID_NO)
    if body.record_id is not None:
        return stmt.where(model.id == body.record_id)
    # The record in force; when there is none, the one struck last: another request was faster.
    return stmt.order_by(model.struck_at.desc().nulls_first(), model.recorded_at.desc(), model.id.desc()).limit(1)


def listed(actor: Actor, person_id: UUID) -> Select[Any]:
    """Return the query of the strikes in a file, as far as the actor may see them, to be paged."""
    stmt = in_teams(select(Strike).where(Strike.person_id == person_id), Strike, actor)
    if may_see(actor.role, took_part=False):
        return stmt
    return stmt.where(or_(Strike.written_by == actor.user_id, Strike.by == actor.user_id))
