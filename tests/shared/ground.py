"""A small service of its own for tests of the ground: one noun with effects, in casework's database, and its events."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from nats.aio.client import Client as Nats
from sqlalchemy import BigInteger, Connection, Identity, Uuid, create_engine, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from deploy.engines import nats as nats_engine
from deploy.engines import temporal as temporal_engine
from deploy.stack import Stack
from shared.context import Actor
from shared.db.base import Row, Versioned, service_base
from shared.db.platform_tables import PLATFORM, outbox
from shared.db.session import Database
from shared.events.envelope import Event
from shared.ids import new_id
from shared.outbox.emit import emit
from shared.outbox.relay import Relay
from shared.settings import Settings
from shared.temporal.drive import Drive

SERVICE = "casework"
TEAM = UUID("00000000-0000-7000-8000-000000000001")
ACTOR = Actor.service(SERVICE)
Base = service_base(SERVICE)


class Probe(Row, Versioned, Base):
    __tablename__ = "probes"
    count: Mapped[int] = mapped_column(default=0)


class Effect(Base):
    """One line for each time a handler had its effect."""

    __tablename__ = "effects"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    group_name: Mapped[str]
    probe_id: Mapped[UUID] = mapped_column(Uuid())
    number: Mapped[int]
    correlation_id: Mapped[str] = mapped_column(default="")


class Probed(Event):
    type: ClassVar[str] = "casework.probe.happened"
    probe_id: UUID
    team_id: UUID
    number: int


class Quiet(Event):
    type: ClassVar[str] = "casework.probe.rested"
    probe_id: UUID
    team_id: UUID


@dataclass
class Ground:
    """The database of the probes as its two roles, and the engines under it."""

    engines: Stack
    settings: Settings
    api: Database
    work: Database

    async def probe(self) -> UUID:
        async with self.api.transaction(ACTOR) as session:
            probe = Probe(team_id=TEAM)
            session.add(probe)
        return probe.id

    async def happen(self, probe: UUID, *, drive: bool = False, times: int = 1) -> list[UUID]:
        """The probe happens, `times` in one transaction; answers the event ids."""
        async with self.api.transaction(ACTOR) as session:
            return [await happen(session, probe, drive=drive) for _ in range(times)]

    async def published(self) -> int:
        return await self._count(outbox.c.published_at.is_not(None))

    async def dispatched(self) -> int:
        return await self._count(outbox.c.dispatched_at.is_not(None))

    async def event_ids(self) -> list[str]:
        """Of the whole outbox, in order."""
        async with self.work.platform_connection() as connection:
            return [str(row.event_id) for row in await connection.execute(select(outbox).order_by(outbox.c.id))]

    async def effects(self, group: str) -> list[int]:
        """The numbers that a group's handler was given, in the order of its effects."""
        async with self.work.platform_connection() as connection:
            query = select(Effect.number).where(Effect.group_name == group).order_by(Effect.id)
            return list((await connection.execute(query)).scalars())

    async def _count(self, condition: object) -> int:
        async with self.work.platform_connection() as connection:
            query = select(func.count()).select_from(outbox).where(condition)  # type: ignore[arg-type]
            return (await connection.execute(query)).scalar_one()


async def happen(session: AsyncSession, probe_id: UUID, *, drive: bool = False) -> UUID:
    probe = await session.get_one(Probe, probe_id, with_for_update=True)
    probe.count += 1
    event = Probed(
        version=probe.touch(),
        occurred_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        probe_id=probe.id,
        team_id=probe.team_id,
        number=probe.count,
    )
    to = Drive("ProbeWorkflow", f"probe-{probe.id}", {"version": probe.version}) if drive else None
    return await emit(session, event, aggregate=probe.id, drive=to)


def lay(connection: Connection) -> None:
    """Create the tables and give the other roles what migrations would give them."""
    PLATFORM.create_all(connection)
    Base.metadata.create_all(connection)
    roles = f"{SERVICE}_api, {SERVICE}_work"
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {roles}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {roles}"))


async def ground_on(
    engines: Stack, settings: Settings, empty: Callable[[str], Awaitable[None]]
) -> AsyncIterator[Ground]:
    await empty(SERVICE)

    def create() -> None:
        owner = create_engine(settings.database_url(SERVICE, "owner"))
        with owner.begin() as connection:
            lay(connection)
        owner.dispose()

    await asyncio.to_thread(create)
    ground = Ground(engines, settings, Database(settings, SERVICE, "api"), Database(settings, SERVICE, "work"))
    yield ground
    await ground.api.dispose()
    await ground.work.dispose()


async def until(true: Callable[[], Awaitable[object]], seconds: float = 20.0) -> None:
    """Wait until the condition holds; fail after `seconds`."""
    limit = time.monotonic() + seconds
    while not await true():
        assert time.monotonic() < limit, f"not so after {seconds} s"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def running(*parts: Callable[[], Awaitable[None]]) -> AsyncIterator[list["asyncio.Task[None]"]]:
    """Run parts (a relay's or consumers' `run`) in the background; they must not have ended by themselves."""
    tasks = [asyncio.ensure_future(part()) for part in parts]
    try:
        yield tasks
        ended = [task for task in tasks if task.done() and not task.cancelled()]
        assert not ended, f"ended by itself: {[task.exception() for task in ended]}"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def without_nats(engines: Stack, *, lose_store: bool = False) -> AsyncIterator[None]:
    """NATS is away for the length of the block; its store may be gone when it comes back."""
    await engines.supervisor.stop("nats")
    try:
        yield
    finally:
        if lose_store:
            shutil.rmtree(engines.folder.path / "nats" / "jetstream", ignore_errors=True)
        await engines.supervisor.start(nats_engine.program(engines.folder, engines.ports))


@asynccontextmanager
async def without_temporal(engines: Stack) -> AsyncIterator[None]:
    await engines.supervisor.stop("temporal")
    try:
        yield
    finally:
        await engines.supervisor.start(temporal_engine.program(engines.folder, engines.ports, practice=True))


async def in_stream(nats: Nats) -> list[str]:
    """The event ids in casework's stream, in its order."""
    js = nats.jetstream()
    info = await js.stream_info("CASEWORK")
    found: list[str] = []
    for sequence in range(info.state.first_seq, info.state.last_seq + 1):
        message = await js.get_msg("CASEWORK", sequence)
        found.append((message.headers or {})["Nats-Msg-Id"])
    return found


def relay_of(ground: Ground, nats: Nats, temporal: object) -> Relay:
    return Relay(ground.work, SERVICE, nats, temporal)  # type: ignore[arg-type]


__all__ = ["ACTOR", "Base", "Effect", "Ground", "Probe", "Probed", "Quiet", "new_id"]
