"""The stack of a bench: created for it, deleted afterwards, with the bare processes on the same engines."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from nats.aio.client import Client as Nats
from nats.errors import NoRespondersError
from temporalio.client import Client

from deploy.bench.bare.__main__ import PING, SETTINGS
from deploy.bench.bare.work import TABLES
from deploy.bench.callers import Caller, http_client
from deploy.engines import nats, temporal
from deploy.errors import StackError
from deploy.program import Program
from deploy.stack import SERVICES, Stack
from shared import clock

Connection = psycopg.AsyncConnection[tuple[Any, ...]]
BARE = "bench"
BARE_PARTS = ("watch", "work")
LOOK_SECONDS = 0.02


@dataclass
class Place:
    """A running stack with the clients and connections of every figure."""

    stack: Stack
    http: Any
    worker: Caller
    supervisor: Caller
    program: Caller
    bare_engine: Client
    nats: Nats
    databases: dict[str, Connection]
    say: Callable[[str], None]

    async def count(self, database: str, query: str, *given: Any) -> int:
        found = await (await self.databases[database].execute(query, given)).fetchone()  # type: ignore[arg-type]
        assert found is not None
        return int(found[0])

    async def until(self, database: str, query: str, given: tuple[Any, ...], wanted: int, seconds: float) -> float:
        """Return the monotonic instant at which a count has reached `wanted`; the count is polled every 20 ms."""
        limit = time.monotonic() + seconds
        while (seen := await self.count(database, query, *given)) < wanted:
            if time.monotonic() > limit:
                raise StackError(
                    f"only {seen} of {wanted} were there after {seconds:.0f} s: see {self.stack.folder.path}"
                )
            await asyncio.sleep(LOOK_SECONDS)
        return time.monotonic()

    async def quiet(self, seconds: float = 120) -> None:
        """Wait until every outbox is empty and every event handled."""
        limit = time.monotonic() + seconds
        calm = 0
        while calm < 2:
            owed = [await self.supervisor.get(service, "/operations/backlog") for service in SERVICES]
            letters = sum(each["dead_letters"] for each in owed)
            if letters:
                raise StackError(f"{letters} events were given up: the figures would mean nothing")
            busy = any(each[name] for each in owed for name in ("to_publish", "to_dispatch", "to_handle"))
            calm = 0 if busy else calm + 1
            if time.monotonic() > limit:
                raise StackError(f"the stack did not come to rest in {seconds:.0f} s")
            await asyncio.sleep(0.1)


@asynccontextmanager
async def place(folder: Path, say: Callable[[str], None]) -> AsyncIterator[Place]:
    """Start everything, yield when all is ready, stop everything at the end."""
    async with AsyncExitStack() as opened:
        stack = Stack(folder, practice_clock=True, say=say)
        opened.push_async_callback(stack.stop)
        await stack.start_engines()
        await _keep_commit_times(stack)
        await stack.migrate()
        await stack.start_services()
        clock.use_file(stack.folder.practice_clock)
        await _make_database(stack)
        connection = Nats()
        await connection.connect(nats.address(stack.folder, stack.ports))
        opened.push_async_callback(connection.close)
        for part in BARE_PARTS:
            await stack.supervisor.start(_bare(stack, connection, part))
        databases: dict[str, Connection] = {}
        for name in (*SERVICES, BARE):
            databases[name] = await _connect(stack, name)
            opened.push_async_callback(databases[name].close)
        http = await opened.enter_async_context(http_client())
        yield Place(
            stack,
            http,
            Caller(http, stack, "worker", "bench-worker"),
            Caller(http, stack, "supervisor", "bench-supervisor"),
            Caller(http, stack, "system", "bench-program"),
            await Client.connect(temporal.address(stack.ports)),
            connection,
            databases,
            say,
        )


async def _keep_commit_times(stack: Stack) -> None:
    """Make PostgreSQL store commit timestamps, which give both ends of a hop by one clock."""
    async with await _connect(stack, "postgres") as server:
        await server.execute("ALTER SYSTEM SET track_commit_timestamp = on")
    stack.kill("postgres")
    await stack.wait_ready("postgres")


async def _make_database(stack: Stack) -> None:
    async with await _connect(stack, "postgres") as server:
        await server.execute(f"CREATE DATABASE {BARE}")
    async with await _connect(stack, BARE) as database:
        for statement in TABLES.read_text(encoding="utf-8").split(";"):
            if statement.strip():
                await database.execute(statement)  # type: ignore[arg-type]


async def _connect(stack: Stack, database: str) -> Connection:
    return await psycopg.AsyncConnection.connect(**stack.superuser(database), autocommit=True)  # type: ignore[arg-type]


def bare_program(part: str) -> str:
    """Return the name of a bare process, for the supervisor."""
    return f"{BARE}-{part}"


def _bare(stack: Stack, connection: Nats, part: str) -> Program:
    given = {
        "nats": nats.address(stack.folder, stack.ports),
        "temporal": temporal.address(stack.ports),
        "database": stack.superuser(BARE),
    }

    async def ready(_: int) -> None:
        while True:
            try:
                await connection.request(f"{PING}.{part}", timeout=1)
                return
            except (NoRespondersError, TimeoutError):
                await asyncio.sleep(0.05)

    return Program(
        name=bare_program(part),
        title="a bare process",
        command=(sys.executable, "-m", "deploy.bench.bare", part),
        log=stack.folder.log(bare_program(part)),
        ready=ready,
        environment={**os.environ, SETTINGS: json.dumps(given)},
    )
