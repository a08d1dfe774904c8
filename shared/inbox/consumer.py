"""Consumers of other services' events: a few tasks per group and stream that fetch, handle and acknowledge a message.

`fetch(1)` on purpose: larger fetches of nats.py can stall (issue 986). Several tasks may handle one aggregate's events
out of order, so handlers compare versions. The acknowledgement follows the commit: a crash between them delivers the
message again, which the inbox makes harmless.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import ConnectionReconnectingError
from nats.js import JetStreamContext

from shared import log
from shared.context import set_correlation
from shared.crypto.keyring import SealBroken
from shared.db.session import Database
from shared.events.envelope import BadEnvelope, Envelope, UnknownEvent, read
from shared.failure import describe, is_infrastructure, root
from shared.inbox import dead_letters
from shared.inbox.durable import as_we_made_it, ensure_durable
from shared.inbox.handling import Handler, HandlerGroup, UnhandledEvent, apply, starts
from shared.nats import stream_name
from shared.supervise import raise_if_cancelled, run_all

__all__ = ["Consumers", "Handler", "HandlerGroup"]

DELAYS = (0.2, 0.5, 1.0, 3.0, 10.0, 30.0, 60.0)
_FETCH_SECONDS = 2.0
_CHECK_EVERY = 2.0
_TASKS = 3


class Consumers:
    """All handler groups of one service in one process.

    `nats` is a client, or a function that returns one and may wait for it. A handler that raises is retried `limit`
    times with growing `delays` (seconds), then its message becomes a dead letter. While the database or NATS is
    unavailable no message is given up. A message that does not open, or that no handler can read, becomes a dead letter
    immediately.
    """

    def __init__(
        self,
        database: Database,
        nats: Client | Callable[[], Awaitable[Client]],
        groups: Sequence[HandlerGroup],
        *,
        tasks: int = _TASKS,
        limit: int = 8,
        delays: Sequence[float] = DELAYS,
    ) -> None:
        names = [group.name for group in groups]
        if len(set(names)) < len(names):
            raise ValueError(f"two handler groups have one name: {sorted(names)}")
        self._database, self._nats, self._groups = database, nats, groups
        self._tasks, self._limit, self._delays = tasks, limit, delays
        self._failures: dict[tuple[str, str], int] = {}
        self._waiting = {_place(group, source): "not started" for group in groups for source in group.streams()}
        self._log = log.get(part="consumer")

    @property
    def waiting(self) -> Mapping[str, str]:
        """Each `durable@stream` that receives nothing now, with the reason (for readiness); empty when healthy."""
        return dict(self._waiting)

    async def run(self) -> None:
        """Consume for ever, through every loss of NATS or its store; a cancellation may interrupt a handler."""
        async with asyncio.TaskGroup() as running:
            for group in self._groups:
                for source, subjects in group.streams().items():
                    running.create_task(self._consume(group, source, subjects))

    async def _consume(self, group: HandlerGroup, source: str, subjects: list[str]) -> None:
        """Consume one durable for ever: create it, fetch until an error, and start again."""
        place = _place(group, source)
        wait = 0.1
        while True:
            raise_if_cancelled()
            try:
                since = await starts(self._database, group)
                js = await self._jetstream()
                await ensure_durable(js, group, source, subjects)
                if self._waiting.pop(place, None):
                    self._log.info("hearing", group=group.durable, stream=stream_name(source))
                wait = 0.1
                await run_all(
                    _check_durable(js, group, stream_name(source), subjects),
                    *(self._fetch(js, group, stream_name(source), since) for _ in range(self._tasks)),
                )
            except Exception as error:
                reason = describe(root(error))
                if self._waiting.get(place) != reason:
                    self._log.warning("not hearing", group=group.durable, stream=stream_name(source), reason=reason)
                self._waiting[place] = reason
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)

    async def _jetstream(self) -> JetStreamContext:
        client = self._nats if isinstance(self._nats, Client) else await self._nats()
        if not client.is_connected:
            raise ConnectionReconnectingError
        return client.jetstream(timeout=5)  # pyright: ignore[reportUnknownMemberType]

    async def _fetch(
        self, js: JetStreamContext, group: HandlerGroup, stream: str, since: Mapping[str, datetime]
    ) -> None:
        subscription = await js.pull_subscribe_bind(durable=group.durable, stream=stream)
        try:
            while True:
                raise_if_cancelled()
                try:
                    (message,) = await subscription.fetch(1, timeout=_FETCH_SECONDS)
                except TimeoutError:
                    continue
                await self._handle(message, group, since)
        finally:
            await asyncio.shield(_unsubscribe(subscription))

    async def _handle(self, message: Msg, group: HandlerGroup, since: Mapping[str, datetime]) -> None:
        set_correlation("")
        try:
            envelope = read(message.data)
            if envelope.event.subject() != message.subject:
                raise BadEnvelope("type: published under the subject of another type")
        except (BadEnvelope, UnknownEvent, SealBroken) as error:
            await self._give_up(message, group, None, error, 1)
            return
        try:
            not_before = since.get(message.subject)
            if not_before is None or envelope.recorded_at >= not_before:
                await apply(self._database, group, envelope)
        except UnhandledEvent as error:
            await self._give_up(message, group, envelope, error, 1)
        except Exception as error:
            await self._failed(message, group, envelope, error)
        else:
            self._failures.pop((group.name, str(envelope.id)), None)
            await message.ack()

    async def _failed(self, message: Msg, group: HandlerGroup, envelope: Envelope, error: Exception) -> None:
        delivered = message.metadata.num_delivered
        key = (group.name, str(envelope.id))
        failures = self._failures.get(key, 0)
        if not is_infrastructure(error):
            # Counted here and not by deliveries: an hour without the database must not exhaust a handler's attempts.
            failures += 1
            if failures >= self._limit:
                self._failures.pop(key, None)
                await self._give_up(message, group, envelope, error, failures)
                return
            self._failures[key] = failures
        delay = self._delays[min(max(failures, 1), len(self._delays)) - 1]
        self._log.warning(
            "event not handled yet",
            group=group.durable, subject=message.subject, event_id=envelope.id,
            reason=describe(error), attempt=failures, delivery=delivered, delay_seconds=delay,
        )  # fmt: skip
        await message.nak(delay=delay)

    async def _give_up(
        self, message: Msg, group: HandlerGroup, envelope: Envelope | None, error: Exception, attempts: int
    ) -> None:
        """Write the dead letter, then terminate the message; if the letter cannot be written it is redelivered."""
        try:
            await dead_letters.bury(
                self._database,
                group,
                subject=message.subject,
                body=message.data,
                event_id=envelope.id if envelope else None,
                error=error,
                attempts=attempts,
            )
        except Exception as unburied:
            self._log.warning("dead letter not written yet", group=group.durable, reason=describe(unburied))
            await message.nak(delay=self._delays[-1] if len(self._delays) < 3 else self._delays[2])
            return
        self._log.error(
            "event given up, see dead letters",
            group=group.durable, subject=message.subject, event_id=envelope.id if envelope else None,
            reason=describe(error), attempt=attempts,
        )  # fmt: skip
        await message.term()


def _place(group: HandlerGroup, source: str) -> str:
    return f"{group.durable}@{stream_name(source)}"


class _Changed(Exception):
    """The durable was changed by hand, or replaced by another of the same name."""


async def _check_durable(js: JetStreamContext, group: HandlerGroup, stream: str, subjects: list[str]) -> None:
    """Raise when the durable is gone or no longer ours: a waiting fetch cannot tell that from a lack of messages."""
    while True:
        raise_if_cancelled()
        await asyncio.sleep(_CHECK_EVERY)
        if not as_we_made_it(await js.consumer_info(stream, group.durable), subjects):
            raise _Changed


async def _unsubscribe(subscription: JetStreamContext.PullSubscription) -> None:
    try:
        await subscription.unsubscribe()
    except Exception as error:
        log.get().debug("subscription not ended", reason=describe(error))
