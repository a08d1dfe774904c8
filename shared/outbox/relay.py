"""The relay: it publishes a service's outbox to NATS and dispatches facts to the service's own workflows in Temporal.

One relay per service is active at a time, elected by an advisory lock held on a connection of its own. It has two
independent cursors, so that an unavailable engine never delays the other. Every action may happen twice (a crash
between acting and marking): the event id, the inbox and the fact's version make that harmless.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from nats.aio.client import Client as NatsClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from temporalio.client import Client as TemporalClient

from shared import log
from shared.db.session import Database
from shared.failure import describe, root
from shared.outbox.cursor import Cursor, CursorState
from shared.outbox.publisher import Publisher
from shared.outbox.rows import DISPATCH, PUBLISH, OutboxRow
from shared.outbox.wake import subscribe
from shared.supervise import raise_if_cancelled, run_all
from shared.temporal.drive import Drive, dispatch

__all__ = ["LEADER_LOCK", "Relay"]

# The number is used for no other lock in the service's database.
LEADER_LOCK = 7_305_801_222
_ELECT_EVERY = 1.0
_CHECK_LOCK_EVERY = 1.0
_CHECK_STREAM_EVERY = 2.0
_PUBLISHES_AT_ONCE = 64
_DISPATCHES_AT_ONCE = 16


class _LockLost(ConnectionError):
    """The connection that held the lock is gone: another process may lead now."""


class Relay:
    """The relay of one process; one process of the service leads.

    `nats` and `temporal` are clients, or functions that return one: a function may wait for its engine without limit
    while the other cursor goes on.
    """

    def __init__(
        self,
        database: Database,
        service: str,
        nats: NatsClient | Callable[[], Awaitable[NatsClient]],
        temporal: TemporalClient | Callable[[], Awaitable[TemporalClient]],
    ) -> None:
        self._database, self._service = database, service
        self._temporal = temporal
        self._publisher = Publisher(database, service, nats)
        self._publishing: Cursor | None = None
        self._dispatching: Cursor | None = None
        self._log = log.get(part="relay")

    @property
    def leading(self) -> bool:
        """Whether this relay holds the lock."""
        return self._publishing is not None

    @property
    def state(self) -> dict[str, CursorState]:
        """The state of each cursor by name (publish, dispatch); empty while another process leads."""
        cursors = {"publish": self._publishing, "dispatch": self._dispatching}
        return {name: cursor.state for name, cursor in cursors.items() if cursor is not None}

    async def run(self) -> None:
        """Compete for the lock, lead, and compete again when the lock is lost, until cancelled."""
        told = ""
        while True:
            raise_if_cancelled()
            try:
                async with self._elected() as lock:
                    if lock is not None:
                        told = ""
                        await self._lead(lock)
            except Exception as error:
                if told != (told := describe(root(error))):
                    self._log.warning("relay does not lead", reason=told)
            await asyncio.sleep(_ELECT_EVERY)

    @asynccontextmanager
    async def _elected(self) -> AsyncGenerator[AsyncConnection | None]:
        """Try to take the lock; yield the connection that holds it, or None when another process has it."""
        connection = await self._database.engine.connect()
        try:
            connection = await connection.execution_options(isolation_level="AUTOCOMMIT")
            yield connection if await connection.scalar(text(f"SELECT pg_try_advisory_lock({LEADER_LOCK})")) else None
        finally:
            # Not returned to the pool: the lock is held as long as the connection is open.
            await asyncio.shield(_discard(connection))

    async def _lead(self, lock: AsyncConnection) -> None:
        publish_wakeup, dispatch_wakeup = subscribe(self._service, "publish"), subscribe(self._service, "dispatch")
        publishing = Cursor(
            self._database,
            PUBLISH,
            act=self._publisher.publish,
            width=_PUBLISHES_AT_ONCE,
            timeout=10,
            wakeup=publish_wakeup,
            prepare=self._publisher.prepare,
        )
        dispatching = Cursor(
            self._database, DISPATCH, act=self._dispatch, width=_DISPATCHES_AT_ONCE, timeout=15, wakeup=dispatch_wakeup
        )
        self._publisher.on_other_stream = publishing.prepare_again
        self._publishing, self._dispatching = publishing, dispatching
        self._log.info("relay leads")
        try:
            await run_all(
                self._keep(lock),
                publishing.run(),
                dispatching.run(),
                self._publisher.watch(_CHECK_STREAM_EVERY),
            )
        finally:
            self._publishing = self._dispatching = None

    async def _keep(self, lock: AsyncConnection) -> None:
        """Raise as soon as the connection that holds the lock does not answer."""
        while True:
            raise_if_cancelled()
            await asyncio.sleep(_CHECK_LOCK_EVERY)
            try:
                async with asyncio.timeout(5):
                    await lock.execute(text("SELECT 1"))
            except Exception as error:
                raise _LockLost(describe(error)) from None

    async def _dispatch(self, row: OutboxRow) -> None:
        assert row.workflow is not None and row.workflow_id is not None and row.fact is not None
        client = self._temporal if isinstance(self._temporal, TemporalClient) else await self._temporal()
        await dispatch(client, Drive(workflow=row.workflow, id=row.workflow_id, fact=row.fact))


async def _discard(connection: AsyncConnection) -> None:
    try:
        await connection.invalidate()
    finally:
        await connection.close()
