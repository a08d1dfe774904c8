"""The events that a service has published, for consumers that check for missing ones: requested over NATS.

The outbox is the system of record. A stream may be purged, truncated by a limit or lose single messages without any
error: so consumers compare with the outbox itself (`shared.inbox.compare`).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from nats.aio.client import Client
from nats.aio.msg import Msg
from sqlalchemy import func, select

from shared import clock, log
from shared.db.ground import outbox
from shared.db.session import Database
from shared.events import signature
from shared.failure import describe
from shared.keep import still_wanted

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


async def answer(database: Database, service: str, nats: Callable[[], Awaitable[Client]]) -> None:
    """Answer requests for this service's events, for ever; of several processes one answers each request."""
    client = await nats()
    subscription = await client.subscribe(_subject(service), queue=_subject(service))  # pyright: ignore[reportUnknownMemberType]
    try:
        async for message in subscription.messages:
            still_wanted()
            try:
                await message.respond(json.dumps(await _answered(database, message)).encode())
            except Exception as error:  # the caller times out and retries
                log.get(part="sent").warning("not answered what was sent", reason=describe(error))
    finally:
        # Otherwise the server would keep sending a share of the requests to this subscription.
        with suppress(Exception):
            await asyncio.shield(subscription.unsubscribe())


async def sent(client: Client, service: str, subjects: Sequence[str], after: int) -> SentPage:
    """Return a page of what `service` published of these subjects, after an outbox id.

    Raise TimeoutError when the service does not answer.
    """
    found = await _ask(client, service, {"after": after, "subjects": list(subjects)})
    items = [Sent(UUID(event), subject, datetime.fromisoformat(at)) for event, subject, at in found["items"]]
    return SentPage(items, found["after"])


async def bodies(client: Client, service: str, events: Sequence[UUID]) -> list[bytes]:
    """Return the bodies of these events (at most `BODIES`). Raise NotSigned when a stranger answered the request."""
    found = await _ask(client, service, {"events": [str(event) for event in events]})
    for subject, body, proof in found["bodies"]:
        signature.check(subject, body.encode(), {signature.HEADER: proof})
    return [body.encode() for _, body, _ in found["bodies"]]


async def _ask(client: Client, service: str, question: dict[str, Any]) -> dict[str, Any]:
    reply = await client.request(_subject(service), json.dumps(question).encode(), timeout=_ASK_SECONDS)
    return json.loads(reply.data)


async def _answered(database: Database, message: Msg) -> dict[str, Any]:
    asked = json.loads(message.data)
    if "events" in asked:
        wanted = [UUID(event) for event in asked["events"]][:BODIES]
        async with database.ground() as connection:
            query = select(outbox.c.subject, outbox.c.body).where(outbox.c.event_id.in_(wanted))
            rows = (await connection.execute(query)).all()
        return {"bodies": [[row.subject, row.body, _proof(row.subject, row.body)] for row in rows]}
    return await _listed(database, int(asked["after"]), [str(subject) for subject in asked["subjects"]])


async def _listed(database: Database, after: int, subjects: list[str]) -> dict[str, Any]:
    """List events up to the first row that is unpublished or recent: callers never request earlier rows again."""
    young = outbox.c.published_at.is_(None) | (outbox.c.published_at > clock.now() - GRACE)
    columns = outbox.c
    async with database.ground() as connection:
        first_young = await connection.scalar(select(func.min(columns.id)).where(young, columns.id > after))
        newest = await connection.scalar(select(func.max(columns.id)))
        end = (newest or 0) if first_young is None else first_young - 1
        query = (
            select(columns.id, columns.event_id, columns.subject, columns.recorded_at)
            .where(columns.id > after, columns.id <= end, columns.subject.in_(subjects))
            .order_by(columns.id)
            .limit(LIST)
        )
        rows = (await connection.execute(query)).all()
    items = [[str(row.event_id), row.subject, row.recorded_at.isoformat()] for row in rows]
    return {"items": items, "after": rows[-1].id if len(rows) == LIST else max(after, end)}


def _proof(subject: str, body: str) -> str:
    return signature.header(subject, body.encode())[signature.HEADER]


def _subject(service: str) -> str:
    return f"alongside-sent.{service}"
