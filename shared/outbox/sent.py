"""The events that a service has published, for consumers that check for missing ones: requested over NATS.

The outbox is the system of record. A stream may be purged, truncated by a limit or lose single messages without any
error: so consumers compare with the outbox itself (`shared.inbox.compare`). Questions and answers are sealed
(`shared.asking`), so nobody else can answer that nothing was published.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from nats.aio.client import Client
from sqlalchemy import func, select

from shared import clock
from shared.asking import answering, ask
from shared.db.platform_tables import outbox
from shared.db.session import Database

__all__ = ["BODIES", "Sent", "SentPage", "answer", "bodies", "sent"]

LIST, BODIES = 1000, 8
"""The most items of one answer: eight bodies of at most 64 kB stay below the limit of NATS."""
# Events published within this time may still be in transit through the stream.
GRACE = timedelta(seconds=15)
_ASK_SECONDS = 10.0


@dataclass(frozen=True)
class Sent:
    """One event that its owner has published."""

    event_id: UUID
    subject: str
    recorded_at: datetime


@dataclass(frozen=True)
class SentPage:
    """Events in the order of the outbox; request pages from `after` on until `after` no longer changes."""

    items: list[Sent]
    after: int


@dataclass(frozen=True)
class _PageRequest:
    """Ask for what was published of these subjects after an outbox id."""

    subjects: list[str]
    after: int


@dataclass(frozen=True)
class _BodiesRequest:
    """Ask for the bodies of these events."""

    events: list[UUID]


async def answer(database: Database, service: str, nats: Callable[[], Awaitable[Client]]) -> None:
    """Answer requests for this service's events, for ever; of several processes one answers each request."""

    async def listed(question: _PageRequest) -> SentPage:
        return await _listed(database, question)

    async def found(question: _BodiesRequest) -> dict[UUID, str]:
        return await _bodies(database, question)

    client = await nats()
    async with (
        answering(client, _subject(service), service, _PageRequest, listed),
        answering(client, _bodies_subject(service), service, _BodiesRequest, found),
    ):
        await asyncio.Event().wait()


async def sent(client: Client, service: str, subjects: Sequence[str], after: int) -> SentPage:
    """Return a page of what `service` published of these subjects, after an outbox id.

    Raise NoAnswer when the service does not answer.
    """
    return await ask(client, _subject(service), _PageRequest(list(subjects), after), SentPage, _ASK_SECONDS)


async def bodies(client: Client, service: str, events: Sequence[UUID]) -> dict[UUID, bytes]:
    """Return the bodies of these events (at most `BODIES`) by id. Raise NoAnswer when the service does not answer."""
    question = _BodiesRequest(list(events))
    found = await ask(client, _bodies_subject(service), question, dict[UUID, str], _ASK_SECONDS)
    return {event: body.encode() for event, body in found.items()}


async def _bodies(database: Database, question: _BodiesRequest) -> dict[UUID, str]:
    query = select(outbox.c.event_id, outbox.c.body).where(outbox.c.event_id.in_(question.events[:BODIES]))
    async with database.platform_connection() as connection:
        rows = (await connection.execute(query.order_by(outbox.c.id))).all()
    return {row.event_id: row.body for row in rows}


async def _listed(database: Database, question: _PageRequest) -> SentPage:
    """List events up to the first row that is unpublished or recent: callers never request earlier rows again."""
    young = outbox.c.published_at.is_(None) | (outbox.c.published_at > clock.now() - GRACE)
    columns, after = outbox.c, question.after
    async with database.platform_connection() as connection:
        first_young = await connection.scalar(select(func.min(columns.id)).where(young, columns.id > after))
        newest = await connection.scalar(select(func.max(columns.id)))
        end = (newest or 0) if first_young is None else first_young - 1
        query = (
            select(columns.id, columns.event_id, columns.subject, columns.recorded_at)
            .where(columns.id > after, columns.id <= end, columns.subject.in_(question.subjects))
            .order_by(columns.id)
            .limit(LIST)
        )
        rows = (await connection.execute(query)).all()
    items = [Sent(row.event_id, row.subject, row.recorded_at) for row in rows]
    return SentPage(items, rows[-1].id if len(rows) == LIST else max(after, end))


def _subject(service: str) -> str:
    return f"ask.{service}.sent"


def _bodies_subject(service: str) -> str:
    return f"ask.{service}.sent.bodies"
