"""Publishing to a service's stream, and detection of a stream other than the one that the marks are about.

A stream can be lost (its files deleted, a restored backup). No event is lost with the stream: the outbox has them all,
and publishing it again in order rebuilds the stream; the inbox of each consumer skips what was handled.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from nats.aio.client import Client
from nats.errors import ConnectionReconnectingError
from nats.js import JetStreamContext
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared import log
from shared.context import set_correlation
from shared.crypto.keyring import SealBroken
from shared.db.platform_tables import outbox, relay_state
from shared.db.session import Database
from shared.events.envelope import BadEnvelope, written_id
from shared.failure import describe
from shared.nats import as_we_made_it, ensure_stream, stream_name
from shared.outbox.rows import OutboxRow
from shared.supervise import raise_if_cancelled

__all__ = ["CORRELATION_HEADER", "Publisher"]

CORRELATION_HEADER = "Alongside-Correlation-Id"
_ACK_SECONDS = 5.0
_LAST_MESSAGES = 50


class Publisher:
    """The action of the publishing cursor. `on_other_stream` is called when the stream may be another one."""

    def __init__(self, database: Database, service: str, nats: Client | Callable[[], Awaitable[Client]]) -> None:
        self._database, self._service, self._nats = database, service, nats
        self._created = ""
        self._floor = 0
        self._context: tuple[Client, JetStreamContext] | None = None
        self.on_other_stream: Callable[[], None] = lambda: None
        self._log = log.get(part="relay", stream=stream_name(service))

    async def prepare(self) -> None:
        """Ensure that the stream exists and is the one that the marks are about; otherwise clear the marks.

        Another creation time is another stream; a smaller last sequence is the same stream without its end. A stream
        that ends with events unknown to our outbox has outlived a restored database: it is created anew, or consumers
        that read it from its start would handle those events.
        """
        js = await self._jetstream()
        info = await ensure_stream(js, self._service)
        async with self._database.platform_connection() as connection:
            known = (await connection.execute(select(relay_state))).one_or_none()
            if known is not None and await self._has_another_future(js, info, known.last_sequence):
                self._log.warning("the stream tells what the outbox does not know: making it anew")
                await js.delete_stream(stream_name(self._service))
                info = await ensure_stream(js, self._service)
            if not _same(info, known):
                if known is not None:
                    count = (
                        await connection.execute(
                            update(outbox).where(outbox.c.published_at.is_not(None)).values(published_at=None)
                        )
                    ).rowcount
                    self._log.warning("another stream: publishing everything again", count=count)
                state = {"id": 1, "stream_created": _created(info), "last_sequence": info.state.last_seq}
                await connection.execute(
                    insert(relay_state).values(state).on_conflict_do_update(index_elements=["id"], set_=state)
                )
        self._created, self._floor = _created(info), info.state.last_seq

    async def publish(self, row: OutboxRow) -> int:
        """Publish one outbox row and return its sequence in the stream."""
        jetstream = await self._jetstream()
        ack = await jetstream.publish(
            row.subject,
            row.body.encode(),
            timeout=_ACK_SECONDS,
            headers={"Nats-Msg-Id": str(row.event_id), CORRELATION_HEADER: row.correlation_id},
        )
        if ack.seq <= self._floor and not ack.duplicate:
            # A new message with an old sequence: the stream that we prepared for is gone.
            self.on_other_stream()
        return ack.seq

    async def watch(self, seconds: float) -> None:
        """Check the stream every `seconds`, so that a lost stream is rebuilt although nothing new is published."""
        while True:
            raise_if_cancelled()
            await asyncio.sleep(seconds)
            try:
                info = await (await self._jetstream()).stream_info(stream_name(self._service))
                lost = (
                    _created(info) != self._created
                    or info.state.last_seq < self._floor
                    or not as_we_made_it(info, self._service)
                )
            except NotFoundError:
                lost = True
            except Exception as error:
                self._log.debug("stream not looked at", reason=describe(error))
                continue
            if lost:
                set_correlation("")
                self.on_other_stream()

    async def _has_another_future(self, js: JetStreamContext, info: StreamInfo, marked: int) -> bool:
        """Return whether one of the last messages after our marks is not in our outbox.

        Messages published just before a crash are after the marks too, but they are in the outbox.
        """
        last = info.state.last_seq
        ids: set[UUID] = set()
        for sequence in range(last, max(marked, last - _LAST_MESSAGES), -1):
            try:
                message = await js.get_msg(stream_name(self._service), sequence)
            except NotFoundError:
                continue  # purged
            try:
                ids.add(written_id(message.data or b""))
            except (BadEnvelope, SealBroken):
                continue  # not written by us: consumers store it as a dead letter
        if not ids:
            return False
        async with self._database.platform_connection() as connection:
            query = select(func.count()).select_from(outbox).where(outbox.c.event_id.in_(ids))
            return await connection.scalar(query) != len(ids)

    async def _jetstream(self) -> JetStreamContext:
        client = self._nats if isinstance(self._nats, Client) else await self._nats()
        if not client.is_connected:
            # Publishing now would only fill the client's buffer and wait for the timeout.
            raise ConnectionReconnectingError
        if self._context is None or self._context[0] is not client:
            self._context = (client, client.jetstream(timeout=_ACK_SECONDS))  # pyright: ignore[reportUnknownMemberType]
        return self._context[1]


def _created(info: StreamInfo) -> str:
    return info.created.isoformat() if info.created else ""


def _same(info: StreamInfo, known: Row[Any] | None) -> bool:
    if known is None:
        return False
    return _created(info) == known.stream_created and info.state.last_seq >= known.last_sequence
