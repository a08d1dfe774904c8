"""Sessions: one per request, message or activity, never without an actor, committed only by `transaction`."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from typing import Any, Literal, cast

from sqlalchemy import Select, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.pool import QueuePool

from shared import days_off
from shared.access.roles import Role
from shared.context import Actor
from shared.db.opening import connect
from shared.practice.calendar import DaysOff, counted_with
from shared.settings import Settings

__all__ = ["Database", "DatabaseRole", "actor_of", "after_commit", "before_commit", "cancel_before_commit"]

DatabaseRole = Literal["owner", "api", "work"]

# Connections of one process to one database: those kept open, and the most. docs/operations.md adds them up.
_KEPT: dict[DatabaseRole, int] = {"api": 10, "work": 20, "owner": 1}
MOST = 20
# Lock and statement timeouts in milliseconds. A request gives up before its client does; an activity or handler may
# wait for a busy row.
_PATIENCE = {"api": (5_000, 15_000), "work": (20_000, 60_000), "owner": (5_000, 0)}

_UNFINISHED = "before_commit"

_CLAIMS = text(
    "SELECT set_config('alongside.user', :user, true), set_config('alongside.role', :role, true),"
    " set_config('alongside.teams', :teams, true)"
)


class _Session(Session):
    """A session that reloads every row it locks, also one that the transaction has read before.

    The row may have changed while the transaction waited for the lock.
    """


@event.listens_for(_Session, "do_orm_execute")
def _read_anew(state: ORMExecuteState) -> None:
    if isinstance(state.statement, Select) and state.statement._for_update_arg is not None:  # pyright: ignore[reportPrivateUsage, reportUnknownMemberType]
        state.update_execution_options(populate_existing=True)


class Database:
    """The connections of one process to one service's database, as one of its roles.

    Requests use `api`; activities, handlers and the relay use `work`; only migrations use `owner`. No connection is
    opened before the first use. After a restart of the server, a request transparently gets a fresh connection; a
    worker's transaction fails once and is retried by its caller.
    """

    def __init__(self, settings: Settings, service: str, role: DatabaseRole = "api", *, pool_size: int = 0) -> None:
        self.service = service
        self.role: DatabaseRole = role
        self._keeps_days_off = False  # the table of added bank holidays has been seen
        lock_wait, statement = _PATIENCE[role]
        kept = pool_size or _KEPT[role]
        self.most = pool_size or MOST  # connections at the same time
        # Workers nearly always act as their own service: its claims are set once for the connection.
        self._standing = f"service:{service}" if role == "work" else None
        claims = f" -c alongside.user={self._standing} -c alongside.role={Role.SERVICE}" if self._standing else ""
        self._connect_args: dict[str, Any] = {
            "application_name": f"alongside-{service}-{role}",
            "connect_timeout": 5,
            "options": f"-c timezone=UTC -c lock_timeout={lock_wait} -c statement_timeout={statement}"
            f" -c idle_in_transaction_session_timeout=120000{claims}",
        }
        self.engine: AsyncEngine = create_async_engine(
            settings.database_url(service, role),
            # Connections opened for a burst are kept for the next one: opening a connection costs both sides more than
            # a dozen statements, and the connection used last has its statements prepared.
            pool_size=kept,
            max_overflow=self.most - kept,
            pool_use_lifo=True,
            pool_timeout=10,
            pool_recycle=1800,
            # Parameters are names and notes: they must not appear in any error text.
            hide_parameters=True,
            connect_args={**self._connect_args, "async_creator_fn": connect},
        )

    @property
    def in_use(self) -> int:
        """The number of connections that are in use now."""
        return cast(QueuePool, self.engine.pool).checkedout()

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncGenerator[AsyncSession]:
        """Open a transaction as `actor`: commit when the block ends, roll back when it raises.

        The actor's claims are set for the transaction (`alongside.user`, `.role`, `.teams`), for row-level policies.
        Within it, working days are counted with the bank holidays that have been added by its start.
        """
        if not isinstance(actor, Actor):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError("a session cannot be opened without an actor")
        made = AsyncSession(self.engine, sync_session_class=_Session, expire_on_commit=False, autobegin=True)
        async with made as session:
            session.info.update(actor=actor, service=self.service)
            if actor.role is not Role.SERVICE or actor.user_id != self._standing:
                await self._claim(session, actor)
            with counted_with(await self._days_off(session)):
                yield session
                await _finish(session)
                await session.commit()

    async def _days_off(self, session: AsyncSession) -> DaysOff:
        if self.service not in days_off.KEPT_BY:
            return DaysOff()
        if not self._keeps_days_off:
            self._keeps_days_off = await days_off.there(session)
        return await days_off.latest(session) if self._keeps_days_off else DaysOff()

    async def _claim(self, session: AsyncSession, actor: Actor) -> None:
        claims = {
            "user": actor.user_id,
            "role": str(actor.role),
            "teams": ",".join(str(team) for team in actor.teams),
        }
        try:
            await session.execute(_CLAIMS, claims)
        except DBAPIError as lost:
            if not lost.connection_invalidated:
                raise
            # The pooled connection was lost with the server. Nothing has been done yet: retry once on a fresh one.
            await session.rollback()
            await session.execute(_CLAIMS, claims)

    @asynccontextmanager
    async def platform_connection(self) -> AsyncGenerator[AsyncConnection]:
        """Open a transaction on the platform tables (outbox, inbox, ...), which belong to no actor.

        Never use it for a care table.
        """
        async with self.engine.begin() as connection:
            yield connection

    def connection_parameters(self) -> dict[str, Any]:
        """Return the driver's connection parameters for this role, for a connection outside the pool."""
        _, given = self.engine.dialect.create_connect_args(self.engine.url)
        return {**given, **self._connect_args}

    async def ping(self, timeout: float = 2.0) -> None:
        """Raise when the server does not answer within `timeout` seconds (for readiness)."""
        async with asyncio.timeout(timeout), self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def dispose(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def before_commit(session: AsyncSession, key: Hashable, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Run `work` at the end of this transaction, once for each key: the latest work of a key replaces earlier ones."""
    session.info.setdefault(_UNFINISHED, {})[key] = work


def cancel_before_commit(session: AsyncSession, key: Hashable) -> None:
    """Cancel the work of a key, because it has been done earlier in this transaction."""
    session.info.get(_UNFINISHED, {}).pop(key, None)


def after_commit(session: AsyncSession, work: Callable[[], None]) -> None:
    """Call `work` once the transaction has committed; never when it is rolled back."""

    def committed(_: Session) -> None:
        work()

    event.listen(session.sync_session, "after_commit", committed, once=True)


async def _finish(session: AsyncSession) -> None:
    unfinished: dict[Hashable, Callable[[AsyncSession], Awaitable[None]]] = session.info.get(_UNFINISHED, {})
    while unfinished:
        await unfinished.pop(next(iter(unfinished)))(session)


def actor_of(session: AsyncSession) -> Actor:
    """Return the actor for whom a session was opened."""
    actor = session.info.get("actor")
    if not isinstance(actor, Actor):
        raise TypeError("this session has no actor: open it with Database.transaction")
    return actor
