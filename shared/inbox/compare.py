"""Comparison of the inbox with the outboxes of other services; missing events are handled from the outbox.

A stream is a transport and not a record. Somebody purges it, sets a limit, deletes a message or a consumer, or a
restored store has another history: positions advance without an error. Handlers are idempotent by the inbox, so
handling an event from the outbox is safe at any time, also while its message is still in transit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nats.aio.client import Client
from nats.errors import ConnectionReconnectingError
from nats.js.errors import NotFoundError
from sqlalchemy import String, Uuid, cast, column, exists, func, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from shared import log
from shared.asking import NoAnswer
from shared.context import set_correlation
from shared.db.platform_tables import dead_letters, inbox
from shared.db.session import Database
from shared.events.envelope import BadEnvelope, read
from shared.failure import describe, is_infrastructure
from shared.inbox import dead_letters as letters
from shared.inbox.handling import HandlerGroup, apply, starts
from shared.nats import stream_name
from shared.outbox.sent import BODIES, Sent, bodies, sent
from shared.supervise import raise_if_cancelled

__all__ = ["Compared", "Comparison"]

# A transaction may commit a small outbox id late, so each round starts some rows before the last position.
_BACK = 2000
# Events that were compared can still be lost later (a restored database), so every so many rounds compare everything.
_WHOLE_EVERY = 120


@dataclass(frozen=True)
class Compared:
    """The result of a comparison.

    `compared` counts the events, `handled` those that were missing and are handled now; `silent` names the owners
    that did not answer.
    """

    compared: int = 0
    handled: int = 0
    silent: tuple[str, ...] = ()

    def __add__(self, other: "Compared") -> "Compared":
        silent = tuple(dict.fromkeys((*self.silent, *other.silent)))
        return Compared(self.compared + other.compared, self.handled + other.handled, silent)


class Comparison:
    """The comparison of one process, run in every process with handlers.

    `nats` returns the connection and may wait for it.
    """

    def __init__(
        self, database: Database, nats: Callable[[], Awaitable[Client]], groups: Sequence[HandlerGroup]
    ) -> None:
        self._database, self._nats, self._groups = database, nats, groups
        self._upto: dict[tuple[str, str], int] = {}
        self._log = log.get(part="compare")

    async def run(self, seconds: float) -> None:
        """Compare every `seconds`, for ever; compare everything the first time and every `_WHOLE_EVERY` rounds."""
        rounds = 0
        while True:
            raise_if_cancelled()
            await asyncio.sleep(seconds)
            try:
                await self.once(whole=rounds % _WHOLE_EVERY == 0)
                rounds += 1
            except Exception as error:  # an owner or an engine is unavailable
                self._log.info("not compared this time", reason=describe(error))

    async def once(self, *, whole: bool = False) -> Compared:
        """Compare each group with each service whose events it handles; name the services that do not answer."""
        client = await self._nats()
        if not client.is_connected:
            raise ConnectionReconnectingError
        found = Compared()
        for group in self._groups:
            since = await starts(self._database, group)
            for source, subjects in group.streams().items():
                if await _nothing_pending(client, group, source):
                    try:
                        found += await self._compare(client, group, source, subjects, since, whole)
                    except NoAnswer:
                        found += Compared(silent=(source,))
        return found

    async def _compare(
        self,
        client: Client,
        group: HandlerGroup,
        source: str,
        subjects: list[str],
        since: Mapping[str, datetime],
        whole: bool,
    ) -> Compared:
        place = (group.name, source)
        after = 0 if whole else max(0, self._upto.get(place, 0) - _BACK)
        found = Compared()
        while True:
            raise_if_cancelled()
            page = await sent(client, source, subjects, after)
            expected = [one for one in page.items if one.recorded_at >= since.get(one.subject, one.recorded_at)]
            missing = await self._missing(group, expected)
            for start in range(0, len(missing), BODIES):
                found_bodies = await bodies(client, source, missing[start : start + BODIES])
                for event_id, body in found_bodies.items():
                    await self._handle(group, event_id, body)
            if missing:
                self._log.warning(
                    "handled events that the stream did not have",
                    group=group.durable, stream=stream_name(source), count=len(missing),
                )  # fmt: skip
            found += Compared(len(expected), len(missing))
            if page.after <= after:
                break
            after = page.after
        self._upto[place] = after
        return found

    async def _missing(self, group: HandlerGroup, expected: Sequence[Sent]) -> list[UUID]:
        """Return which of these events are neither in the inbox nor among the dead letters, in their order."""
        if not expected:
            return []
        ids = [one.event_id for one in expected]
        asked = (
            func.unnest(cast(array(ids), ARRAY(Uuid)))
            .table_valued(column("event_id", Uuid), name="asked")
            .render_derived()
        )
        event = asked.c.event_id
        had = exists().where(inbox.c.group_name == group.name, inbox.c.event_id == event)
        buried = exists().where(
            dead_letters.c.group_name == group.name, dead_letters.c.message_key == cast(event, String)
        )
        async with self._database.platform_connection() as connection:
            found = set((await connection.execute(select(event).where(~had, ~buried))).scalars())
        return [event_id for event_id in ids if event_id in found]

    async def _handle(self, group: HandlerGroup, event_id: UUID, body: bytes) -> None:
        """Handle an event, or store it as a dead letter, which is reported to a person and not retried every round."""
        set_correlation("")
        subject = "unreadable"
        try:
            envelope = read(body)
            subject = envelope.event.subject()
            if envelope.id != event_id:
                raise BadEnvelope("id: the owner keeps this body under the id of another event")
            await apply(self._database, group, envelope)
        except Exception as error:
            if is_infrastructure(error):
                raise
            await letters.bury(
                self._database, group, subject=subject, body=body, event_id=event_id, error=error, attempts=1
            )
            self._log.error(
                "event given up, see dead letters", group=group.durable, event_id=event_id, reason=describe(error)
            )


async def _nothing_pending(client: Client, group: HandlerGroup, source: str) -> bool:
    """Return whether no message waits in the stream: while some do, events missing in the inbox are only late."""
    js = client.jetstream(timeout=5)  # pyright: ignore[reportUnknownMemberType]
    try:
        return not (await js.consumer_info(stream_name(source), group.durable)).num_pending
    except NotFoundError:
        return True
